// SPDX-License-Identifier: MIT
#include "config/value.h"

#include <charconv>

#include "base/text.h"
#include "config/record.h"

namespace kiln::config {

namespace {

std::string bound_text(double value, Dimension unit) {
  return base::format_quantity(value, unit);
}

bool out_of_range(const Node& node, const Spec& spec, Reader& reader) {
  std::string allowed;
  if (std::isfinite(spec.min)) allowed += fmt::format("at least {}", bound_text(spec.min, spec.unit));
  if (std::isfinite(spec.max))
    allowed += fmt::format("{}at most {}", allowed.empty() ? "" : " and ", bound_text(spec.max, spec.unit));
  reader.fail(node, allowed.empty()
                        ? fmt::format("{} is larger than any number here", node.described())
                        : fmt::format("{} is out of range; allowed: {}", node.described(), allowed));
  return false;
}

bool within(const Node& node, double value, const Spec& spec, Reader& reader) {
  return (value >= spec.min && value <= spec.max) || out_of_range(node, spec, reader);
}

bool expect_scalar(const Node& node, Reader& reader, std::string_view wanted) {
  if (node.is_scalar()) return true;
  reader.fail(node, fmt::format("{} found, {} is needed", node.described(), wanted));
  return false;
}

void put(Node& node, const char* key, Node value) {
  node.insert(key, std::move(value), {});
}

Node described_schema(const Spec& spec) {
  Node node;
  node.kind = Node::Kind::map;
  std::string text(spec.doc);
  if (!base::si_unit(spec.unit).empty()) text += fmt::format(" (units: {})", base::allowed_units(spec.unit));
  if (!spec.source.empty()) text += fmt::format(" [{}]", spec.source);
  put(node, "description", scalar_node(text, true));
  return node;
}

/// A quantity may be written with its band, as a map.
Node either(const std::string& a, const std::string& b) {
  Node list;
  list.kind = Node::Kind::list;
  list.list = {scalar_node(a, true), scalar_node(b, true)};
  return list;
}

}  // namespace

bool read_bool(const Node& node, Reader& reader, bool& value) {
  if (!expect_scalar(node, reader, "true or false")) return false;
  if (node.scalar == "true" || node.scalar == "false") {
    value = node.scalar == "true";
    return true;
  }
  reader.fail(node, fmt::format("{} found; allowed: true, false", node.described()));
  return false;
}

bool read_number(const Node& node, const Spec& spec, Reader& reader, double& value) {
  if (node.is_map()) {
    return read_banded(node, reader, value, [&](const Node& scalar, double& number) {
      return read_number(scalar, spec, reader, number);
    });
  }
  if (!expect_scalar(node, reader, fmt::format("a {}", base::name(spec.unit)))) return false;
  try {
    const double parsed = base::parse_quantity(node.scalar, spec.unit);
    if (!within(node, parsed, spec, reader)) return false;
    value = parsed;
    return true;
  } catch (const base::UnitError& error) {
    reader.fail(node, error.what());
    return false;
  }
}

bool read_integer(const Node& node, const Spec& spec, double low, double high, Reader& reader,
                  std::int64_t& value) {
  if (node.is_map()) {
    double nominal = 0;
    const bool good = read_banded(node, reader, nominal, [&](const Node& scalar, double& number) {
      std::int64_t whole = 0;
      if (!read_integer(scalar, spec, low, high, reader, whole)) return false;
      number = static_cast<double>(whole);
      return true;
    });
    if (good) value = static_cast<std::int64_t>(nominal);
    return good;
  }
  if (!expect_scalar(node, reader, "a whole number")) return false;
  double parsed = 0;
  if (spec.unit == Dimension::none) {
    const std::string& text = node.scalar;
    std::int64_t whole = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
    if (error == std::errc::result_out_of_range && end == text.data() + text.size())
      return out_of_range(node, spec, reader);
    const bool octal_look = text.size() > 1 && text[0] == '0';  // YAML 1.1 reads 010 as 8; refuse to guess
    if (error != std::errc() || end != text.data() + text.size() || octal_look) {
      reader.fail(node, fmt::format("{} is not a whole number", node.described()));
      return false;
    }
    parsed = static_cast<double>(whole);
    value = whole;
  } else {
    if (!read_number(node, spec, reader, parsed)) return false;
    if (parsed != std::floor(parsed) || std::abs(parsed) > 9e15) {
      reader.fail(node,
                  fmt::format("{} is not a whole number of {}", node.described(), base::si_unit(spec.unit)));
      return false;
    }
    value = static_cast<std::int64_t>(parsed);
  }
  if (!within(node, parsed, spec, reader)) return false;
  if (parsed >= low && parsed <= high) return true;
  reader.fail(node, fmt::format("{} does not fit", node.described()));
  return false;
}

bool read_text(const Node& node, const Spec& spec, Reader& reader, std::string& value) {
  if (!expect_scalar(node, reader, "text")) return false;
  if (const std::string problem = text_problem(node.scalar, spec.text); !problem.empty()) {
    reader.fail(node, problem);
    return false;
  }
  value = node.scalar;
  return true;
}

bool is_name(const std::string& key, const base::Place& place, Reader& reader) {
  const std::string problem = text_problem(key, Text::name);
  if (!problem.empty()) reader.fail(place, problem);
  return problem.empty();
}

std::optional<std::size_t> read_choice(const Node& node, std::span<const std::string_view> names,
                                       Reader& reader) {
  if (!expect_scalar(node, reader, "a name")) return std::nullopt;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == node.scalar) return i;
  const std::vector<std::string> all(names.begin(), names.end());
  const std::string near = base::nearest_name(node.scalar, all);
  reader.fail(node, fmt::format("{} is not allowed; allowed: {}{}", node.described(), base::join(all, ", "),
                                near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
  return std::nullopt;
}

bool expect_list(const Node& node, Reader& reader) {
  if (node.is_list()) return true;
  reader.fail(node, fmt::format("{} found, a list is needed", node.described()));
  return false;
}

bool merge_items(Node& defaults, const Node& over, Reader& reader) {
  if (!addresses_items(over, defaults)) {
    const std::string items =
        defaults.list.empty()
            ? "it is empty unless written, so write the whole list"
            : fmt::format(
                  "of its {} items, some can be changed by number from 0{}, others only by writing the "
                  "whole list",
                  defaults.list.size(), item_names(defaults));
    reader.fail(over, fmt::format("{} found, a list is needed; {}", over.described(), items));
    return false;
  }
  place_all(defaults, over.place);
  merge(defaults, over);
  return true;
}

bool expect_map(const Node& node, Reader& reader) {
  if (node.is_map()) return true;
  reader.fail(node, fmt::format("{} found, a map of keys and values is needed", node.described()));
  return false;
}

Node scalar_node(std::string text, bool quoted) {
  Node node;
  node.kind = Node::Kind::scalar;
  node.scalar = std::move(text);
  node.quoted = quoted;
  return node;
}

Node number_node(double value, const Spec& spec) {
  return scalar_node(base::format_quantity(value, spec.unit), !base::si_unit(spec.unit).empty());
}

Node integer_node(std::int64_t value, const Spec& spec) {
  if (spec.unit == Dimension::none) return scalar_node(std::to_string(value));
  return number_node(static_cast<double>(value), spec);
}

Node type_schema(std::string_view type, const Spec& spec) {
  Node node = described_schema(spec);
  const bool quantity = !base::si_unit(spec.unit).empty();
  const std::string plain = quantity ? "string" : std::string(type);
  put(node, "type",
      quantity || type == "number" || type == "integer" ? either(plain, "object") : scalar_node(plain, true));
  if (quantity) put(node, "pattern", scalar_node("^[-+0-9.eE]+ *[^ 0-9].*$", true));
  if (!quantity && std::isfinite(spec.min)) put(node, "minimum", scalar_node(fmt::format("{}", spec.min)));
  if (!quantity && std::isfinite(spec.max)) put(node, "maximum", scalar_node(fmt::format("{}", spec.max)));
  return node;
}

Node choice_schema(std::span<const std::string_view> names, const Spec& spec) {
  Node node = described_schema(spec);
  Node list;
  list.kind = Node::Kind::list;
  for (const std::string_view name : names) list.list.push_back(scalar_node(std::string(name), true));
  put(node, "enum", std::move(list));
  return node;
}

Node list_schema(Node items, const Spec& spec) {
  Node node = described_schema(spec);
  put(node, "type", scalar_node("array", true));
  put(node, "items", std::move(items));
  return node;
}

Node map_schema(Node values, const Spec& spec) {
  Node node = described_schema(spec);
  put(node, "type", scalar_node("object", true));
  put(node, "additionalProperties", std::move(values));
  return node;
}

Node record_reference(const RecordBase& record, const Spec& spec) {
  Node node = described_schema(spec);
  Node reference = scalar_node(fmt::format("#/$defs/{}", record.name()), true);
  if (record.words().empty()) {
    put(node, "$ref", std::move(reference));
    return node;
  }
  Node whole;
  whole.kind = Node::Kind::map;
  put(whole, "$ref", std::move(reference));
  Node forms;
  forms.kind = Node::Kind::list;
  forms.list = {choice_schema(record.words(), {}), std::move(whole)};
  put(node, "anyOf", std::move(forms));
  return node;
}

}  // namespace kiln::config
