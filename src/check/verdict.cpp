// SPDX-License-Identifier: MIT
#include "check/verdict.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "report/condition.h"

namespace kiln::check {

namespace {

/// 0 for a good result, more for a worse one.
int badness(const std::string& validity) {
  if (validity == "ok") return 0;
  return validity == "warn" ? 1 : 2;
}

/// Missing numbers first, then by how often the tolerance fits into the difference.
double width(const Deviation& deviation) {
  if (!deviation.approved || !deviation.now || deviation.allowed == 0)
    return std::numeric_limits<double>::infinity();
  return std::abs(*deviation.now - *deviation.approved) / deviation.allowed;
}

void compare_numbers(const CheckConfig& config, const batch::Outcome& outcome, const Approved& approved,
                     Judgement& judgement) {
  const Approved now = approvable(outcome);
  for (const auto& [key, value] : approved.numbers) {
    const Tolerance tolerance = config.tolerances.apply(key, config.tolerance);
    if (tolerance.ignore) continue;
    ++judgement.compared;
    const double allowed = tolerance.allowed(value);
    const auto found = now.numbers.find(key);
    if (found == now.numbers.end())
      judgement.deviations.push_back({key, value, std::nullopt, allowed});
    else if (!(std::abs(found->second - value) <= allowed))  // also for what is no number
      judgement.deviations.push_back({key, value, found->second, allowed});
  }
  for (const auto& [key, value] : now.numbers)
    if (!approved.numbers.contains(key) && !config.tolerances.apply(key, config.tolerance).ignore)
      judgement.news.push_back(key);
  std::stable_sort(judgement.deviations.begin(), judgement.deviations.end(),
                   [](const Deviation& a, const Deviation& b) { return width(a) > width(b); });
}

/// The conditions that hold; a number that this run does not have breaks none.
std::vector<std::string> forbidden(const CheckConfig& config, const batch::Outcome& outcome) {
  std::vector<std::string> holding;
  for (const std::string& text : config.never) {
    const report::Condition condition = report::parse_condition("never", text);
    const auto number = outcome.number(condition.key);
    if (number && condition.holds(number->value))
      holding.push_back(fmt::format("never {}: it is {:.6g}", text, number->value));
  }
  return holding;
}

}  // namespace

const char* name(Verdict verdict) {
  switch (verdict) {
    case Verdict::as_approved:
      return "as approved";
    case Verdict::differs:
      return "differs";
    case Verdict::forbidden:
      return "forbidden";
    case Verdict::failed:
      return "failed";
    case Verdict::not_approved:
      return "not approved";
  }
  return "?";
}

Judgement judge(const CheckConfig& config, const std::string& run, const batch::Outcome& outcome,
                const std::optional<Approved>& approved) {
  Judgement judgement;
  judgement.run = run;
  if (outcome.failed()) {
    judgement.verdict = Verdict::failed;
    judgement.reasons = {outcome.failure};
    return judgement;
  }
  judgement.reasons = forbidden(config, outcome);
  if (!judgement.reasons.empty()) judgement.verdict = Verdict::forbidden;
  if (!approved) {
    judgement.verdict = Verdict::not_approved;
    judgement.reasons.push_back("there are no approved results yet; --approve writes them");
    return judgement;
  }
  compare_numbers(config, outcome, *approved, judgement);
  const bool less_valid = badness(outcome.validity) > badness(approved->validity);
  if (less_valid)
    judgement.reasons.push_back(fmt::format("the result was {} and is {}: {}", approved->validity,
                                            outcome.validity, outcome.finding));
  if (judgement.passed() && (less_valid || !judgement.deviations.empty()))
    judgement.verdict = Verdict::differs;
  return judgement;
}

void require_known_patterns(const CheckConfig& config, const std::vector<batch::Outcome>& outcomes) {
  std::set<std::string> keys;
  for (const batch::Outcome& outcome : outcomes)
    for (const auto& [key, number] : outcome.numbers) keys.insert(key);
  if (!keys.empty()) config.tolerances.require_names({keys.begin(), keys.end()}, "tolerances");
}

}  // namespace kiln::check
