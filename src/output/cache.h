// SPDX-License-Identifier: MIT
// What can be computed again, kept on disk between runs. A cache that cannot be read or written costs time
// and nothing else: no call throws for it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "output/file_lock.h"

namespace kiln::output {

/// One file per key, whole or not there: written aside and renamed, its hash in front of it. Any number of
/// processes may share a folder and be killed in it. Beyond `most_bytes` what was not used for longest goes;
/// files that Kiln did not write are never touched.
class Cache {
 public:
  static constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 30;

  /// Keeps nothing.
  Cache() = default;
  /// The folder is made when something is kept.
  explicit Cache(std::filesystem::path folder, std::uint64_t most_bytes = kMostBytes)
      : folder_(std::move(folder)), most_bytes_(most_bytes) {}
  /// The folder KILN_CACHE names ("off": none), else kiln in XDG_CACHE_HOME or ~/.cache.
  static Cache of_user();

  bool keeps() const { return !folder_.empty(); }
  /// `key` is a content hash in hex.
  std::optional<std::string> find(const std::string& key) const;
  void store(const std::string& key, std::string_view bytes);

  /// The right to compute what a key stands for; nothing while another process has it. Where no lock can be
  /// had everybody has the right.
  struct Turn {
    std::optional<FileLock> lock;
  };
  std::optional<Turn> try_turn(const std::string& key) const;

 private:
  std::filesystem::path file_of(const std::string& key) const;
  void trim() const;

  std::filesystem::path folder_;
  std::uint64_t most_bytes_ = kMostBytes;
  std::uint64_t stored_since_trim_ = ~std::uint64_t{0};  ///< the first one looks
};

}  // namespace kiln::output
