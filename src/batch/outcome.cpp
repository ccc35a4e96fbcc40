// SPDX-License-Identifier: MIT
#include "batch/outcome.h"

#include "output/json.h"

namespace kiln::batch {

std::optional<Estimate> Outcome::number(std::string_view key) const {
  const std::string name(key);
  if (const auto found = numbers.find(name); found != numbers.end()) return found->second;
  std::optional<Estimate> largest;
  const std::string prefix = name + ".";
  for (auto at = numbers.lower_bound(prefix); at != numbers.end() && at->first.starts_with(prefix); ++at)
    if (!largest || at->second.value > largest->value) largest = at->second;
  return largest;
}

std::string to_text(const Outcome& outcome) {
  nlohmann::ordered_json json;
  json["failure"] = outcome.failure;
  json["validity"] = outcome.validity;
  json["finding"] = outcome.finding;
  auto& numbers = json["numbers"] = nlohmann::ordered_json::object();
  for (const auto& [key, number] : outcome.numbers) numbers[key] = {number.value, number.low, number.high};
  return output::json_text(json);
}

Outcome parse_outcome(std::string_view text) {
  Outcome outcome;
  const output::Json json = output::parse_json(text, {});
  if (json.is_discarded() || !json.is_object() || !json.contains("numbers")) {
    outcome.failure = "the process of the run ended without a result";
    return outcome;
  }
  outcome.failure = json.value("failure", "");
  outcome.validity = json.value("validity", "ok");
  outcome.finding = json.value("finding", "");
  for (const auto& [key, value] : json["numbers"].items())
    if (value[0].is_number() && value[1].is_number() && value[2].is_number())
      outcome.numbers[key] = {value[0], value[1], value[2]};
  return outcome;
}

}  // namespace kiln::batch
