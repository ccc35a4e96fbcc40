// SPDX-License-Identifier: MIT
#include "report/glossary.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "report/metric_table.h"

namespace kiln::report {

std::vector<GlossaryEntry> glossary() {
  return {metrics().begin(), metrics().end()};
}

const GlossaryEntry* find_glossary_entry(std::string_view key) {
  const auto found = std::find_if(metrics().begin(), metrics().end(), [&](const Metric& metric) {
    if (key == metric.key) return true;
    return std::holds_alternative<ReadGroup>(metric.read) && key.starts_with(metric.key) &&
           key[metric.key.size()] == '.';
  });
  return found == metrics().end() ? nullptr : &*found;
}

std::string unit_of(std::string_view key) {
  const GlossaryEntry* entry = find_glossary_entry(key);
  return entry == nullptr || entry->unit == "1" ? "" : std::string(entry->unit);
}

bool depends_on_host(std::string_view key) {
  return std::any_of(metrics().begin(), metrics().end(), [&](const Metric& metric) {
    return std::holds_alternative<ReadHost>(metric.read) && metric.key == key;
  });
}

std::string unknown_result(const std::string& key) {
  if (find_glossary_entry(key) != nullptr) return {};
  std::vector<std::string> known;
  for (const Metric& metric : metrics()) known.emplace_back(metric.key);
  return fmt::format("a run has no result '{}'{}", key, base::suggestion(key, known));
}

}  // namespace kiln::report
