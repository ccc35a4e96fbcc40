// SPDX-License-Identifier: MIT
// How one C++ type is read from YAML, written back, and described in the JSON Schema.
//
// Types: bool, integers, double, std::string, enums with enum_names(), std::optional, std::vector,
// std::map<std::string, T>, and structs with describe().
#pragma once

#include <array>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/units.h"
#include "config/name.h"
#include "config/reader.h"

namespace kiln::config {

using base::Dimension;

template <class E>
struct EnumName {
  E value;
  std::string_view name;
};

/// The names that a table's rows have in `name`.
template <class Row, std::size_t N>
constexpr auto enum_names_of(const Row (&rows)[N]) {
  std::array<decltype(Row::name), N> all{};
  for (std::size_t i = 0; i < N; ++i) all[i] = rows[i].name;
  return all;
}

/// What is known of one key besides its type. The default is the member's own initialiser.
struct Spec {
  std::string_view doc = {};
  Dimension unit = Dimension::none;
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  bool required = false;
  std::string_view source = {};  ///< where the default comes from, or "estimate: why"
  Text text = Text::name;        ///< what a text may hold
};

class RecordBase;

template <class T>
concept Described = requires {
  describe(static_cast<const T*>(nullptr));
};
template <class T>
concept Enumerated = std::is_enum_v<T>;
template <class T>
concept Integer = std::integral<T> && !std::same_as<T, bool>;

bool read_bool(const Node&, Reader&, bool& value);
bool read_number(const Node&, const Spec&, Reader&, double& value);
bool read_integer(const Node&, const Spec&, double low, double high, Reader&, std::int64_t& value);
bool read_text(const Node&, const Spec&, Reader&, std::string& value);
/// A map where a quantity stands: the value with its band (band.h), each number read by `read_plain`. Notes
/// the band.
bool read_banded(const Node&, Reader&, double& value,
                 const std::function<bool(const Node&, double&)>& read_plain);
/// Whether a key of a map is a valid name; notes a problem when it is not.
bool is_name(const std::string& key, const base::Place&, Reader&);
/// Index into `names`, or nothing after a problem was noted.
std::optional<std::size_t> read_choice(const Node&, std::span<const std::string_view> names, Reader&);
bool expect_list(const Node&, Reader&);
/// Merges a map, keyed by index or name, into the items of a default list. Notes a problem for a key that
/// names no item.
bool merge_items(Node& defaults, const Node& over, Reader&);
bool expect_map(const Node&, Reader&);

Node scalar_node(std::string text, bool quoted = false);
Node number_node(double value, const Spec&);
Node integer_node(std::int64_t value, const Spec&);
Node type_schema(std::string_view type, const Spec&);
Node choice_schema(std::span<const std::string_view> names, const Spec&);
Node list_schema(Node items, const Spec&);
Node map_schema(Node values, const Spec&);
Node record_reference(const RecordBase&, const Spec&);

template <class T>
struct Value;

template <>
struct Value<bool> {
  static void read(const Node& node, const Spec&, Reader& reader, bool& value) {
    read_bool(node, reader, value);
  }
  static Node write(bool value, const Spec&) { return scalar_node(value ? "true" : "false"); }
  static Node schema(const Spec& spec) { return type_schema("boolean", spec); }
  static std::string type_name(const Spec&) { return "true or false"; }
  static const RecordBase* record() { return nullptr; }
};

template <>
struct Value<double> {
  static void read(const Node& node, const Spec& spec, Reader& reader, double& value) {
    read_number(node, spec, reader, value);
  }
  static Node write(double value, const Spec& spec) { return number_node(value, spec); }
  static Node schema(const Spec& spec) { return type_schema("number", spec); }
  static std::string type_name(const Spec& spec) { return std::string(base::name(spec.unit)); }
  static const RecordBase* record() { return nullptr; }
};

template <Integer T>
struct Value<T> {
  static void read(const Node& node, const Spec& spec, Reader& reader, T& value) {
    std::int64_t whole = 0;
    const double low = static_cast<double>(std::numeric_limits<T>::lowest());
    const double high = static_cast<double>(std::numeric_limits<T>::max());
    if (read_integer(node, spec, low, high, reader, whole)) value = static_cast<T>(whole);
  }
  static Node write(T value, const Spec& spec) {
    return integer_node(static_cast<std::int64_t>(value), spec);
  }
  static Node schema(const Spec& spec) { return type_schema("integer", spec); }
  static std::string type_name(const Spec& spec) {
    return spec.unit == Dimension::none ? "whole number" : std::string(base::name(spec.unit));
  }
  static const RecordBase* record() { return nullptr; }
};

template <>
struct Value<std::string> {
  static void read(const Node& node, const Spec& spec, Reader& reader, std::string& value) {
    read_text(node, spec, reader, value);
  }
  static Node write(const std::string& value, const Spec&) { return scalar_node(value, true); }
  static Node schema(const Spec& spec) { return type_schema("string", spec); }
  static std::string type_name(const Spec&) { return "text"; }
  static const RecordBase* record() { return nullptr; }
};

/// The YAML name of an enum value; also for messages and reports.
template <Enumerated T>
std::string_view enum_name(T value) {
  for (const auto& entry : enum_names(static_cast<const T*>(nullptr)))
    if (entry.value == value) return entry.name;
  return "?";
}

template <Enumerated T>
struct Value<T> {
  static std::vector<std::string_view> names() {
    std::vector<std::string_view> all;
    for (const auto& entry : enum_names(static_cast<const T*>(nullptr))) all.push_back(entry.name);
    return all;
  }
  static void read(const Node& node, const Spec&, Reader& reader, T& value) {
    if (const auto index = read_choice(node, names(), reader))
      value = enum_names(static_cast<const T*>(nullptr))[*index].value;
  }
  static Node write(T value, const Spec&) { return scalar_node(std::string(enum_name(value))); }
  static Node schema(const Spec& spec) { return choice_schema(names(), spec); }
  static std::string type_name(const Spec&) {
    std::string all;
    for (const std::string_view name : names()) all += (all.empty() ? "" : " | ") + std::string(name);
    return all;
  }
  static const RecordBase* record() { return nullptr; }
};

template <Described T>
struct Value<T> {
  static const RecordBase* record() { return &describe(static_cast<const T*>(nullptr)); }
  static void read(const Node& node, const Spec&, Reader& reader, T& value) {
    describe(static_cast<const T*>(nullptr)).read(node, value, reader);
  }
  static Node write(const T& value, const Spec&) {
    return describe(static_cast<const T*>(nullptr)).write(value);
  }
  static Node schema(const Spec& spec) { return record_reference(*record(), spec); }
  static std::string type_name(const Spec&) { return "record"; }
};

template <class T>
struct Value<std::optional<T>> {
  static void read(const Node& node, const Spec& spec, Reader& reader, std::optional<T>& value) {
    if (node.kind == Node::Kind::null) {
      value.reset();
      return;
    }
    if (!value) value.emplace();
    Value<T>::read(node, spec, reader, *value);
  }
  static Node write(const std::optional<T>& value, const Spec& spec) {
    return value ? Value<T>::write(*value, spec) : Node{};
  }
  static Node schema(const Spec& spec) { return Value<T>::schema(spec); }
  static std::string type_name(const Spec& spec) { return Value<T>::type_name(spec) + ", or nothing"; }
  static const RecordBase* record() { return Value<T>::record(); }
};

template <class T>
struct Value<std::vector<T>> {
  /// A map {0: .., left: ..} where a list is expected changes
  /// items of the default list, as --set a.0.b=.. does.
  static void read(const Node& node, const Spec& spec, Reader& reader, std::vector<T>& value) {
    if (node.is_map()) {
      Node items = write(value, spec);
      if (merge_items(items, node, reader)) read_items(items, spec, reader, value);
    } else if (expect_list(node, reader)) {
      read_items(node, spec, reader, value);
    }
  }
  static void read_items(const Node& node, const Spec& spec, Reader& reader, std::vector<T>& value) {
    value.clear();
    for (std::size_t i = 0; i < node.list.size(); ++i) {
      const Reader::Scope scope(reader, std::to_string(i));
      T item{};
      Value<T>::read(node.list[i], spec, reader, item);
      value.push_back(std::move(item));
    }
  }
  static Node write(const std::vector<T>& value, const Spec& spec) {
    Node node;
    node.kind = Node::Kind::list;
    for (const auto& item : value) node.list.push_back(Value<T>::write(item, spec));
    return node;
  }
  static Node schema(const Spec& spec) { return list_schema(Value<T>::schema(spec), spec); }
  static std::string type_name(const Spec& spec) { return "list of " + Value<T>::type_name(spec); }
  static const RecordBase* record() { return Value<T>::record(); }
};

template <class T>
struct Value<std::map<std::string, T>> {
  static void read(const Node& node, const Spec& spec, Reader& reader, std::map<std::string, T>& value) {
    if (!expect_map(node, reader)) return;
    for (std::size_t i = 0; i < node.map.size(); ++i) {
      const auto& [key, item] = node.map[i];
      const Reader::Scope scope(reader, key);
      if (is_name(key, node.key_places[i], reader)) Value<T>::read(item, spec, reader, value[key]);
    }
  }
  static Node write(const std::map<std::string, T>& value, const Spec& spec) {
    Node node;
    node.kind = Node::Kind::map;
    for (const auto& [key, item] : value) node.insert(key, Value<T>::write(item, spec), {});
    return node;
  }
  static Node schema(const Spec& spec) { return map_schema(Value<T>::schema(spec), spec); }
  static std::string type_name(const Spec& spec) { return "map of name to " + Value<T>::type_name(spec); }
  static const RecordBase* record() { return Value<T>::record(); }
};

}  // namespace kiln::config
