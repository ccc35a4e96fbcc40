// SPDX-License-Identifier: MIT
#include "values.h"

#include <algorithm>
#include <cmath>

namespace kiln::testing {

namespace {

constexpr double kHuge = 1e18, kTiny = 1e-12;

/// Numbers within (and at) the bounds, and one beyond each.
std::vector<double> numbers(const config::Spec& spec, double now) {
  std::vector<double> values = {spec.min, spec.max, 0, kTiny, 1e-6, 1e-3, 1, -1, kHuge, -kHuge};
  const double low = std::isfinite(spec.min) ? spec.min : -kHuge,
               high = std::isfinite(spec.max) ? spec.max : kHuge;
  const double width = high - low;
  values.insert(values.end(), {low - 0.01 * width - 1, high + 0.01 * width + 1, (low + high) / 2});
  if (low > 0)
    for (const double share : {0.25, 0.5, 0.75}) values.push_back(low * std::pow(high / low, share));
  for (const double factor : {1e-6, 1e-3, 0.1, 0.5, 2.0, 10.0, 1e3, 1e6}) values.push_back(now * factor);
  values.insert(values.end(), {now - 1, now + 1, std::nextafter(high, low), std::nextafter(low, high)});
  return values;
}

std::vector<std::string> number_texts(const config::FieldInfo& field, const std::string& text) {
  const auto [written, spec, whole] = as_written(field, text);
  const bool absent = written.empty() || written == "~";
  const double now = absent ? 0 : base::parse_quantity(written, spec.unit);
  std::vector<std::string> texts;
  for (double value : numbers(spec, now)) {
    if (!std::isfinite(value)) continue;
    if (whole) value = std::round(value);
    texts.push_back(whole && spec.unit == base::Dimension::none ? fmt::format("{:.0f}", value)
                                                                : base::format_quantity(value, spec.unit));
    // A whole number of bytes is a quantity with a unit; its reader refuses the others.
    if (!whole && value != std::round(value))
      texts.push_back(base::format_quantity(std::round(value), spec.unit));
  }
  return texts;
}

std::vector<std::string> list_texts(const config::FieldInfo& field, const config::Node& node) {
  std::vector<std::string> texts = {"[]"};
  if (node.list.empty() || field.type.starts_with("list of text")) return texts;
  for (const std::string& value : number_texts(field, node.list.front().scalar)) {
    config::Node changed = node;
    changed.list.front() = config::scalar_node(value);
    texts.push_back(config::flow_text(changed));
  }
  return texts;
}

}  // namespace

std::vector<std::string> values_to_try(const config::FieldInfo& field, const config::Node& node) {
  std::vector<std::string> texts;
  if (is_boolean(field)) {
    texts = {"true", "false"};
  } else if (const std::vector<std::string> names = choices_of(field); !names.empty()) {
    texts = names;
  } else if (is_text(field)) {
    texts = {"''", "nowhere"};
  } else if (is_list(field)) {
    texts = list_texts(field, node);
  } else if (!is_map(field)) {
    texts = number_texts(field, node.scalar);
    texts.insert(texts.end(), {"nan", ".inf"});
  }
  if (is_optional(field)) texts.push_back("~");
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  return texts;
}

}  // namespace kiln::testing
