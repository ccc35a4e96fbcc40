// SPDX-License-Identifier: MIT
// Settings by the names of layers, the one syntax for all that can differ from layer to layer:
//
//   layers:
//     "block*.conv": {freeze: true}
//     block7.conv: {freeze: false, precision: {weights: fp32}}
//
// A key is a name or a pattern with * (any text) and ? (one character). All entries that fit apply in the
// order of the file, key by key: later ones win.
#pragma once

#include <string>
#include <vector>

#include "config/record.h"

namespace kiln::config {

/// Does `name` fit a pattern with * and ?
bool fits(std::string_view pattern, std::string_view name);

struct PatternEntry {
  std::string pattern;
  base::Place place;
  Node settings;
};

/// One key that applies to a name, and where it is written.
struct AppliedSetting {
  std::string key;      ///< "precision.weights"
  std::string value;    ///< as written
  std::string pattern;  ///< of the entry it comes from
  base::Place place;
};

class PatternEntries {
 public:
  bool empty() const { return entries_.empty(); }
  const std::vector<PatternEntry>& entries() const { return entries_; }
  void add(PatternEntry entry) { entries_.push_back(std::move(entry)); }
  void clear() { entries_.clear(); }

  /// Throws ConfigError with each pattern that fits none of `names`, at its place; `key` is that of the map.
  void require_names(const std::vector<std::string>& names, const std::string& key) const;
  /// What applies to `name`, in the order of the first entry that has a key.
  std::vector<AppliedSetting> applied(const std::string& name) const;

 protected:
  std::vector<PatternEntry> entries_;
};

template <Described T>
class PatternMap : public PatternEntries {
 public:
  /// `settings` changed by all entries that fit `name`. Throws ConfigError where rules over several keys do
  /// not hold for what they add up to.
  T apply(const std::string& name, T settings) const {
    Reader reader;
    for (const PatternEntry& entry : entries_)
      if (fits(entry.pattern, name))
        describe(static_cast<const T*>(nullptr)).read(entry.settings, settings, reader);
    if (!reader.problems().empty()) throw base::ConfigError(reader.problems());
    return settings;
  }
};

template <Described T>
struct Value<PatternMap<T>> {
  static void read(const Node& node, const Spec&, Reader& reader, PatternMap<T>& value) {
    if (!expect_map(node, reader)) return;
    value.clear();
    for (std::size_t i = 0; i < node.map.size(); ++i) {
      const auto& [pattern, settings] = node.map[i];
      const Reader::Scope scope(reader, pattern);
      if (!is_name(pattern, node.key_places[i], reader)) continue;
      T checked{};
      const auto resolved = describe(static_cast<const T*>(nullptr)).read_keys(settings, checked, reader);
      if (resolved) value.add({pattern, node.key_places[i], *resolved});
    }
  }
  static Node write(const PatternMap<T>& value, const Spec&) {
    Node node;
    node.kind = Node::Kind::map;
    for (const PatternEntry& entry : value.entries()) node.insert(entry.pattern, entry.settings, {});
    return node;
  }
  static Node schema(const Spec& spec) { return map_schema(Value<T>::schema({}), spec); }
  static std::string type_name(const Spec&) { return "map of layer name or pattern to record"; }
  static const RecordBase* record() { return Value<T>::record(); }
};

}  // namespace kiln::config
