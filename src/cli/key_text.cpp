// SPDX-License-Identifier: MIT
#include "cli/key_text.h"

#include <fmt/core.h>

#include <cmath>

namespace kiln::cli {

std::string range_text(const config::Spec& spec) {
  std::string text;
  if (std::isfinite(spec.min)) text += "at least " + base::format_quantity(spec.min, spec.unit);
  if (std::isfinite(spec.max))
    text += (text.empty() ? "at most " : " and at most ") + base::format_quantity(spec.max, spec.unit);
  return text;
}

std::string default_text(const config::FieldInfo& field) {
  const std::string& text = field.default_text;
  const bool quoted = text.size() > 2 && text.front() == '"' && text.back() == '"';
  return quoted ? text.substr(1, text.size() - 2) : text;
}

}  // namespace kiln::cli
