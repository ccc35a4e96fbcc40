// SPDX-License-Identifier: MIT
#include "check/approved.h"

#include "output/json.h"
#include "report/glossary.h"
#include "sweep/results.h"

namespace kiln::check {

Approved approvable(const batch::Outcome& outcome) {
  Approved approved;
  approved.validity = outcome.validity;
  for (const auto& [key, estimate] : outcome.numbers)
    if (!report::depends_on_host(key)) approved.numbers.emplace(key, estimate.value);
  return approved;
}

std::string to_json(const Approved& approved) {
  nlohmann::ordered_json json;
  json["validity"]["state"] = approved.validity;
  for (const auto& [key, value] : approved.numbers) json[key] = value;
  return output::json_text(json, 1) + "\n";
}

Approved parse_approved(const std::string& text, const std::string& file) {
  const sweep::Summary summary = sweep::parse_summary(text, file);
  Approved approved;
  approved.validity = summary.validity;
  for (const auto& [key, value] : summary.numbers)
    if (!report::depends_on_host(key)) approved.numbers.emplace(key, value);
  return approved;
}

}  // namespace kiln::check
