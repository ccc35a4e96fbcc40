// SPDX-License-Identifier: MIT
#include "config/node.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <unordered_map>

#include "base/text.h"

namespace kiln::config {

namespace {

/// Finds the items of a list by their number, counted from 0, or by their `name`.
class ItemIndex {
 public:
  explicit ItemIndex(const Node& list) : size_(list.list.size()) {
    for (std::size_t i = 0; i < size_; ++i)
      if (const Node* name = list.list[i].find("name")) by_name_.emplace(name->scalar, i);
  }
  std::optional<std::size_t> find(const std::string& text) const {
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
    if (error == std::errc() && end == text.data() + text.size())
      return index < size_ ? std::optional(index) : std::nullopt;
    const auto named = by_name_.find(text);
    return named == by_name_.end() ? std::nullopt : std::optional(named->second);
  }

 private:
  std::size_t size_;
  std::unordered_map<std::string, std::size_t> by_name_;
};

bool all_found(const Node& over, const ItemIndex& items) {
  return !over.map.empty() && std::all_of(over.map.begin(), over.map.end(), [&](const auto& entry) {
    return items.find(entry.first).has_value();
  });
}

/// Merges two maps in time that grows with their sizes, not with the product.
void merge_maps(Node& base, const Node& over) {
  std::unordered_map<std::string, std::size_t> index;
  for (std::size_t i = 0; i < base.map.size(); ++i) index.emplace(base.map[i].first, i);
  for (std::size_t i = 0; i < over.map.size(); ++i) {
    const auto& [key, value] = over.map[i];
    if (const auto existing = index.find(key); existing != index.end()) {
      merge(base.map[existing->second].second, value);
    } else {
      base.insert(key, value, over.key_places[i]);
    }
  }
}

/// A file name where a record stands, spelled out: {from: name}.
Node included(const Node& file_name) {
  Node map;
  map.kind = Node::Kind::map;
  map.place = file_name.place;
  map.insert("from", file_name, file_name.place);
  return map;
}

[[noreturn]] void refuse_item(const Node& list, const std::string& key, const base::Place& place) {
  throw base::ConfigError(place, key,
                          fmt::format("no such list item; the list has {} items, counted from 0{}",
                                      list.list.size(), item_names(list)));
}

/// The child `key` of `node`, made if it is missing.
Node& child(Node& node, const std::string& key, const base::Place& place) {
  if (node.is_list()) {
    const auto index = ItemIndex(node).find(key);
    if (!index) refuse_item(node, key, place);
    return node.list[*index];
  }
  if (node.is_scalar()) {
    node = included(node);
  }
  if (node.kind == Node::Kind::null) {
    node.kind = Node::Kind::map;
    node.place = place;
  }
  if (Node* found = node.find(key)) return *found;
  node.insert(key, Node{}, place);
  return node.map.back().second;
}

}  // namespace

Node::Node() = default;

const Node* Node::find(std::string_view key) const {
  for (const auto& [name, value] : map)
    if (name == key) return &value;
  return nullptr;
}

Node* Node::find(std::string_view key) {
  return const_cast<Node*>(std::as_const(*this).find(key));
}

void Node::insert(std::string key, Node value, base::Place key_place) {
  map.emplace_back(std::move(key), std::move(value));
  key_places.push_back(std::move(key_place));
}

void Node::erase(std::string_view key) {
  for (std::size_t i = 0; i < map.size(); ++i) {
    if (map[i].first != key) continue;
    map.erase(map.begin() + static_cast<std::ptrdiff_t>(i));
    key_places.erase(key_places.begin() + static_cast<std::ptrdiff_t>(i));
    return;
  }
}

bool Node::operator==(const Node& other) const = default;

std::string Node::described() const {
  switch (kind) {
    case Kind::null:
      return "nothing";
    case Kind::scalar:
      return fmt::format("'{}'", scalar);
    case Kind::list:
      return fmt::format("a list of {}", list.size());
    case Kind::map:
      return "a map";
  }
  return "nothing";
}

void merge(Node& base, const Node& over) {
  if (base.is_list() && over.is_map()) {
    const ItemIndex items(base);
    if (all_found(over, items)) {
      for (const auto& [key, value] : over.map) merge(base.list[*items.find(key)], value);
      return;
    }
    for (std::size_t i = 0; i < over.map.size(); ++i)
      if (!items.find(over.map[i].first)) refuse_item(base, over.map[i].first, over.key_places[i]);
  }
  const bool constant = over.find("value") != nullptr;  // a quantity with its band, not keys over a file
  if (base.is_scalar() && over.is_map() && over.find("from") == nullptr && !constant) {
    base = included(base);  // keys over a file name: the file stays, the keys override
  }
  if (!base.is_map() || !over.is_map()) {
    base = over;
    return;
  }
  merge_maps(base, over);
}

bool addresses_items(const Node& over, const Node& list) {
  return over.is_map() && all_found(over, ItemIndex(list));
}

std::string item_names(const Node& list) {
  std::string names;
  for (const Node& item : list.list)
    if (const Node* name = item.find("name"))
      names += fmt::format("{}{}", names.empty() ? "; by name: " : ", ", name->scalar);
  return names;
}

void place_all(Node& node, const base::Place& place) {
  node.place = place;
  for (Node& item : node.list) place_all(item, place);
  for (auto& entry : node.map) place_all(entry.second, place);
}

Node& node_at(Node& root, const std::string& path, const base::Place& place) {
  const std::vector<std::string> keys = base::split(path, '.');
  if (keys.size() > kMaxDepth)
    throw base::ConfigError(place, "", fmt::format("at most {} keys in a path", kMaxDepth));
  Node* node = &root;
  for (const std::string& key : keys) {
    if (key.empty()) throw base::ConfigError(place, "", "a key between dots is empty");
    node = &child(*node, key, place);
  }
  return *node;
}

void apply_override(Node& root, const std::string& assignment) {
  const base::Place place{fmt::format("--set {}", assignment), 0, 0};
  const auto equals = assignment.find('=');
  if (equals == std::string::npos || equals == 0)
    throw base::ConfigError(place, "", "expected key=value, for example soc.npu.rows=32");
  Node& target = node_at(root, assignment.substr(0, equals), place);
  const std::string text(base::trim(assignment.substr(equals + 1)));
  Node value;
  if (!text.empty() && text != "~" && text != "null") value = parse_yaml(place.file, text);
  place_all(value, place);
  target = std::move(value);
}

}  // namespace kiln::config
