// SPDX-License-Identifier: MIT
#include "cli/start_document.h"

#include "base/error.h"
#include "base/text.h"

namespace kiln::cli {

using config::FieldInfo;
using config::Node;

bool includes_file(const Written& at) {
  if (config::find_own_field(at.record, "from") == nullptr && at.map.find("from") != nullptr) return true;
  const auto& foreign = at.record.foreign_files();
  return std::any_of(foreign.begin(), foreign.end(), [&](const config::ForeignFile& file) {
    return !file.key.empty() && at.map.find(file.key) != nullptr;
  });
}

bool is_record(const FieldInfo& field, const Node& value) {
  return field.record != nullptr && value.is_map() &&
         std::all_of(value.map.begin(), value.map.end(), [&](const auto& entry) {
           return config::find_own_field(*field.record, entry.first) != nullptr;
         });
}

bool leaves_keys_out(const Written& at) {
  return std::any_of(at.record.fields().begin(), at.record.fields().end(), [&](const FieldInfo& field) {
    const Node* value = at.effective.find(field.key);
    return at.map.find(field.key) == nullptr && value != nullptr && value->kind != Node::Kind::null;
  });
}

StartDocument::StartDocument(const FileKind& kind, const std::string& text, const std::string& file)
    : kind_(kind),
      file_(file),
      tree_(config::parse_yaml(file, text)),
      effective_(config::parse_yaml(file, kind.effective(tree_, file))),
      lines_(base::split(text, '\n')) {
  if (!lines_.empty() && lines_.back().empty()) lines_.pop_back();
}

std::size_t StartDocument::end_of_block(std::size_t from, std::size_t indent) const {
  std::size_t end = from + 1;
  for (std::size_t i = end; i < lines_.size(); ++i) {
    const std::size_t begin = lines_[i].find_first_not_of(' ');
    if (begin == std::string::npos || lines_[i][begin] == '#') continue;
    if (begin < indent) break;
    end = i + 1;
  }
  return end;
}

std::string StartDocument::text() const {
  return base::join(lines_, "\n") + "\n";
}

std::optional<Node> StartDocument::with_record(const std::string& path) const {
  Node tree = tree_;
  Node& record = config::node_at(tree, path, tree.place);
  record.kind = Node::Kind::map;
  try {
    const Node effective = config::parse_yaml(file_, kind_.effective(tree, file_));
    const Node* at = &effective;
    for (const std::string& key : base::split(path, '.'))
      if (at != nullptr) at = at->find(key);
    return at == nullptr || !at->is_map() ? std::nullopt : std::optional(*at);
  } catch (const base::ConfigError&) {
    return std::nullopt;
  }
}

}  // namespace kiln::cli
