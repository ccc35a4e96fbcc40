// SPDX-License-Identifier: MIT
// A parsed YAML document whose every value knows where it was written.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace kiln::config {

/// Levels of lists and maps in a file, and keys in a path: trees are walked by recursion.
inline constexpr std::size_t kMaxDepth = 64;

struct Node {
  enum class Kind { null, scalar, list, map };

  Node();  // in node.cpp: here its own lists are of an incomplete type, which clang 14 refuses

  Kind kind = Kind::null;
  base::Place place;
  std::string scalar;
  bool quoted = false;
  std::vector<Node> list;
  std::vector<std::pair<std::string, Node>> map;  ///< in file order
  std::vector<base::Place> key_places;            ///< parallel to map

  bool is_scalar() const { return kind == Kind::scalar; }
  bool is_list() const { return kind == Kind::list; }
  bool is_map() const { return kind == Kind::map; }
  const Node* find(std::string_view key) const;
  Node* find(std::string_view key);
  void insert(std::string key, Node value, base::Place key_place);
  void erase(std::string_view key);
  /// What the user wrote, for messages: "a number", "a list of 3".
  std::string described() const;
  /// Content and places.
  bool operator==(const Node&) const;
};

/// Parses one document. Syntax errors, duplicate keys, anchors to nowhere and several documents are
/// ConfigErrors with their place.
Node parse_yaml(const std::string& file, std::string_view text);
/// The same of a file, whose document must be a map.
Node parse_yaml_file(const std::string& path);

/// Merges `over` into `base`. Maps merge key by key. A map whose keys are numbers or names merges into a
/// list, by index or by the items' `name`. A map over a file name keeps the file as {from: name} and
/// overrides its keys. Everything else is replaced as a whole. Throws ConfigError for an item that a list has
/// not.
void merge(Node& base, const Node& over);

/// Whether `over` is a map of which every key is the number or the `name` of an item of `list`, so that it
/// can be merged into it.
bool addresses_items(const Node& over, const Node& list);
/// For messages: "; by name: left, right", or empty when the items have no names.
std::string item_names(const Node& list);
/// Gives a node and all below it the same place.
void place_all(Node& node, const base::Place& place);

/// The node at `a.b.0.c`, or `a.b.item.c` for the list item with that `name`; made if it is missing. A
/// scalar on the way (a file to include) becomes {from: scalar}. Throws ConfigError at `place` when
/// the path leads nowhere.
Node& node_at(Node& root, const std::string& path, const base::Place& place);

/// Sets `a.b.0.c` to the YAML value after `=`, see node_at. Throws ConfigError naming the option.
void apply_override(Node& root, const std::string& assignment);

}  // namespace kiln::config
