// SPDX-License-Identifier: MIT
#include "cli/key_comment.h"

#include <vector>

#include "base/text.h"
#include "cli/key_text.h"

namespace kiln::cli {

namespace {

constexpr std::size_t kWidth = 110;  // columns of a line

}  // namespace

std::string comment(const std::string& text, const std::string& indent) {
  std::string out, line = indent + "#";
  for (const std::string& word : base::split(text, ' ')) {
    if (line.size() + 1 + word.size() > kWidth && line.size() > indent.size() + 1) {
      out += line + "\n";
      line = indent + "#";
    }
    line += " " + word;
  }
  return out + line + "\n";
}

std::string meaning(const config::FieldInfo& field) {
  std::vector<std::string> facts;
  if (!base::si_unit(field.spec.unit).empty())
    facts.push_back("in " + base::allowed_units(field.spec.unit));
  else if (field.type.find('|') != std::string::npos)
    facts.push_back(field.type);
  if (const std::string range = range_text(field.spec); !range.empty()) facts.push_back(range);
  if (field.type.starts_with("list of") && field.record != nullptr) {
    std::vector<std::string> keys;
    for (const config::FieldInfo& inner : field.record->fields()) keys.push_back(inner.key);
    facts.push_back("each with " + base::join(keys, ", "));
  }
  return std::string(field.spec.doc) + (facts.empty() ? "" : fmt::format(" ({})", base::join(facts, "; ")));
}

}  // namespace kiln::cli
