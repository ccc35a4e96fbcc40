// SPDX-License-Identifier: MIT
#include "silicon/compare.h"

#include <algorithm>
#include <cmath>

namespace kiln::silicon {

namespace {

constexpr std::string_view kComponents = "energy_by_component_j.";

/// "local_sram 41 %"
std::string largest_component(const Outcome& outcome) {
  double sum = 0, most = 0;
  std::string name;
  for (const auto& [key, number] : outcome.numbers) {
    if (!key.starts_with(kComponents)) continue;
    if (key.ends_with(".board") || key.ends_with(".cooling")) continue;  // of the chip and its memory
    sum += number.value;
    if (number.value <= most) continue;
    most = number.value;
    name = key.substr(kComponents.size());
  }
  return sum > 0 ? fmt::format("{} {:.0f} %", name, 100 * most / sum) : "";
}

constexpr std::string_view kShares = "uncertainty.";

/// What a group of constants does to a number at the end of its band, relative to it: its share of the
/// variance.
double effect_of(const Outcome& outcome, const Estimate& number, const std::string& group) {
  const auto share = outcome.numbers.find(group);
  if (share == outcome.numbers.end() || number.value <= 0) return 0;
  return std::sqrt(std::max(0.0, share->second.value)) * (number.high - number.low) / (2 * number.value);
}

/// Both runs are of one chip: a group of constants moves both, and what it does to both alike divides out.
Estimate ratio_of(const Outcome& of, const Estimate& a, const Outcome& over, const Estimate& b) {
  double variance = 0;
  for (auto at = of.numbers.lower_bound(std::string(kShares));
       at != of.numbers.end() && at->first.starts_with(kShares); ++at) {
    const double difference = effect_of(of, a, at->first) - effect_of(over, b, at->first);
    variance += difference * difference;
  }
  const double ratio = a.value / b.value, spread = std::exp(std::sqrt(variance));
  return {ratio, ratio / spread, ratio * spread};
}

}  // namespace

bool Comparison::within(double factor) const {
  return failure.empty() && distance() <= std::log(factor) + 1e-12;
}

bool Comparison::covers() const {
  if (!failure.empty()) return false;
  const double low = anchor->low.value_or(anchor->published), high = anchor->high.value_or(anchor->published);
  return simulated.low <= high && low <= simulated.high;
}

double Comparison::distance() const {
  if (anchor->kind == AnchorKind::value) return std::abs(std::log(ratio()));
  const double high = anchor->high.value_or(anchor->published);
  if (simulated.value > high) return std::log(simulated.value / high);
  return anchor->low && simulated.value < *anchor->low ? std::log(*anchor->low / simulated.value) : 0;
}

std::vector<Comparison> compare(const SiliconConfig& config, const std::vector<Outcome>& outcomes) {
  std::map<std::string, const Outcome*> by_name;
  for (std::size_t j = 0; j < config.jobs.size(); ++j) by_name[config.jobs[j].experiment.name] = &outcomes[j];
  std::vector<Comparison> all;
  for (std::size_t j = 0; j < config.jobs.size(); ++j) {
    for (const AnchorConfig& anchor : config.jobs[j].anchors) {
      Comparison c{config.jobs[j].experiment.name,
                   config.jobs[j].experiment.soc.name,
                   &anchor,
                   {},
                   outcomes[j].failure,
                   largest_component(outcomes[j])};
      const Outcome* over = anchor.over.empty() ? nullptr : by_name.at(anchor.over);
      const auto found = outcomes[j].numbers.find(anchor.figure);
      if (c.failure.empty() && found == outcomes[j].numbers.end())
        c.failure = fmt::format("the run has no number '{}'", anchor.figure);
      if (c.failure.empty()) {
        const Estimate& e = found->second;
        c.simulated = {e.value * anchor.scale, e.low * anchor.scale, e.high * anchor.scale};
      }
      if (c.failure.empty() && over != nullptr) {
        const auto below = over->numbers.find(anchor.figure);
        if (below == over->numbers.end())
          c.failure = fmt::format("job '{}' has no number '{}'", anchor.over, anchor.figure);
        else
          c.simulated = ratio_of(outcomes[j], found->second, *over, below->second);
      }
      all.push_back(std::move(c));
    }
  }
  return all;
}

}  // namespace kiln::silicon
