// SPDX-License-Identifier: MIT
// For a record that is read again and again with few of its members changed: what each member was read as.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "config/band.h"
#include "config/node.h"

namespace kiln::config {

/// Of the members of one record, that of the root, by their number. A member is what it was read as before
/// when it is written alike, at the same places; files that it includes are taken as they were then. For one
/// thread.
class MemberMemo {
 public:
  struct Entry {
    Node written;
    std::shared_ptr<const void> value;  ///< of the member's type
    Bands bands;                        ///< noted while it was read
    std::vector<std::string> files;     ///< included by it
    std::string text = {};              ///< see text_of()
    std::uint64_t number = 0;           ///< given by keep(): no two have the same
  };

  /// Whether `record` is the one whose members these are; the first that asks is.
  bool is_of(const void* record) {
    if (record_ == nullptr) record_ = record;
    return record == record_;
  }
  /// Null when the member was not read so before. What is found is what text_of() speaks of until the next
  /// tree.
  const Entry* find(std::size_t member, const Node& written);
  void keep(std::size_t member, Entry entry);
  /// Before each tree.
  void begin_tree() { present_.clear(); }

  /// Whether these members were kept as good together, each as it stands in the present tree.
  bool were_good(const std::vector<std::size_t>& members) const { return good_.contains(present(members)); }
  void keep_good(const std::vector<std::size_t>& members);

  /// What `make` gives for the member as it was just read, or for its default where it is not written; made
  /// once.
  const std::string& text_of(std::size_t member, const std::function<std::string()>& make);

 private:
  /// Of each member, and how it is written: the number of its entry, 0 for its default.
  using Written = std::vector<std::pair<std::size_t, std::uint64_t>>;
  Written present(const std::vector<std::size_t>& members) const;

  using Entries = std::unordered_multimap<std::size_t, std::unique_ptr<Entry>>;  // by hash of what is written

  const void* record_ = nullptr;
  std::map<std::size_t, Entries> members_;
  std::map<std::size_t, Entry*> present_;  ///< of the tree that is read
  std::map<std::size_t, std::string> defaults_;
  std::set<Written> good_;
  std::uint64_t kept_ = 0;
};

}  // namespace kiln::config
