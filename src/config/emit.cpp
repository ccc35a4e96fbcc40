// SPDX-License-Identifier: MIT
#include "config/emit.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "base/text.h"
#include "config/schema_line.h"

namespace kiln::config {

namespace {

using Json = nlohmann::ordered_json;

bool plain_word(const std::string& text) {
  const auto word = [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '-' || c == '.' || c == '/';
  };
  static const std::set<std::string> kReserved = {"true", "false", "null", "yes", "no", "on", "off", "~"};
  return !text.empty() && std::isalpha(static_cast<unsigned char>(text[0])) &&
         std::all_of(text.begin(), text.end(), word) && kReserved.count(base::to_lower(text)) == 0;
}

bool is_number(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

/// Text that was written plain and stays the same between the brackets of a flow list.
bool plain_in_flow(const std::string& text) {
  constexpr auto kNowhere = std::string::npos;
  return !text.empty() && text.find_first_of(",[]{}\n\t") == kNowhere && text.find(": ") == kNowhere &&
         text.find(" #") == kNowhere && text.find_first_of("#&*!|>%@`?-\"' ") != 0 && text.back() != ':' &&
         text.back() != ' ';
}

std::string yaml_scalar(const Node& node) {
  if (node.kind == Node::Kind::null) return "~";
  if (plain_word(node.scalar) || (!node.quoted && (plain_in_flow(node.scalar) || is_number(node.scalar))))
    return node.scalar;
  return Json(node.scalar)
      .dump(-1, ' ', false, Json::error_handler_t::replace);  // a JSON string is a YAML double-quoted one
}

bool fits_one_line(const Node& node) {
  const auto simple = [](const Node& item) { return item.is_scalar() || item.kind == Node::Kind::null; };
  if (node.is_list()) return std::all_of(node.list.begin(), node.list.end(), simple);
  return !node.is_map() || node.map.empty();
}

void emit(const Node& node, int indent, std::string& out) {
  const std::string pad(static_cast<std::size_t>(indent), ' ');
  if (node.is_map()) {
    for (const auto& [key, value] : node.map) {
      out += pad + (plain_word(key) ? key : Json(key).dump()) + ":";
      if (fits_one_line(value)) {
        out += " " + flow_text(value) + "\n";
      } else {
        out += "\n";
        emit(value, indent + 2, out);
      }
    }
  } else if (node.is_list()) {
    for (const Node& item : node.list) out += pad + "- " + flow_text(item) + "\n";
  } else {
    out += pad + yaml_scalar(node) + "\n";
  }
}

Json scalar_json(const Node& node) {
  if (node.kind == Node::Kind::null) return nullptr;
  if (node.quoted) return node.scalar;
  const Json value = Json::parse(node.scalar, nullptr, false);
  return value.is_discarded() ? Json(node.scalar) : value;
}

Json json_of(const Node& node) {
  if (node.is_map()) {
    Json object = Json::object();
    for (const auto& [key, value] : node.map) object[key] = json_of(value);
    return object;
  }
  if (node.is_list()) {
    Json array = Json::array();
    for (const Node& item : node.list) array.push_back(json_of(item));
    return array;
  }
  return scalar_json(node);
}

Json object_schema(const RecordBase& record) {
  Json object;
  object["type"] = "object";
  object["description"] = record.doc();
  object["properties"] = json_of(record.properties());
  if (!object["properties"].contains("from"))
    object["properties"]["from"] = {{"type", "string"},
                                    {"description", "File to include; the keys beside it override"}};
  for (const ForeignFile& file : record.foreign_files()) {
    if (file.options != nullptr) object["properties"].update(json_of(file.options->properties()));
    if (!file.key.empty())
      object["properties"][file.key] = {{"type", "string"},
                                        {"description", "File of another format to include; see its README"}};
  }
  object["additionalProperties"] = false;
  return object;
}

void collect(const RecordBase& record, Json& definitions) {
  if (definitions.contains(record.name())) return;
  const Json object = object_schema(record);
  definitions[record.name()] = {
      {"anyOf", Json::array({object, {{"type", "string"}, {"description", "File to include"}}})}};
  for (const FieldInfo& field : record.fields())
    if (field.record != nullptr) collect(*field.record, definitions);
}

}  // namespace

std::string flow_text(const Node& node) {
  if (node.is_list()) {
    std::vector<std::string> items;
    for (const Node& item : node.list) items.push_back(flow_text(item));
    return "[" + base::join(items, ", ") + "]";
  }
  if (node.is_map()) {
    std::vector<std::string> items;
    for (const auto& [key, value] : node.map)
      items.push_back((plain_word(key) ? key : Json(key).dump()) + ": " + flow_text(value));
    return "{" + base::join(items, ", ") + "}";
  }
  return yaml_scalar(node);
}

std::string to_yaml(const Node& node) {
  std::string out;
  emit(node, 0, out);
  return out;
}

std::string to_json(const Node& node) {
  return json_of(node).dump(2) + "\n";
}

std::string json_schema(const RecordBase& record) {
  Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", record.name()}};
  schema.update(object_schema(record));
  schema["properties"]["schema_version"] = {{"type", "integer"},
                                            {"maximum", kSchemaVersion},
                                            {"description", "Version of the keys; default: the present one"}};
  Json definitions = Json::object();
  for (const FieldInfo& field : record.fields())
    if (field.record != nullptr) collect(*field.record, definitions);
  schema["$defs"] = std::move(definitions);
  return schema.dump(1) + "\n";
}

}  // namespace kiln::config
