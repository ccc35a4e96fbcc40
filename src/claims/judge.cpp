// SPDX-License-Identifier: MIT
#include "claims/judge.h"

#include <algorithm>
#include <cmath>

#include "claims/formula.h"

namespace kiln::claims {

namespace {

constexpr double kJustSo = 1.02;  // within 2 % of its bound a claim needs everything to be perfect
constexpr double kEqual = 1.05;   // an equality holds within 5 %
constexpr double kTrivially = 10;

enum class End { value, low, high };

double at(const batch::Estimate& estimate, End end) {
  return end == End::value ? estimate.value : end == End::low ? estimate.low : estimate.high;
}

/// What the names of formulas mean.
class Names {
 public:
  Names(const ClaimsConfig& config, const std::vector<batch::Outcome>& outcomes)
      : config_(config), outcomes_(outcomes) {}

  /// `own`: the run whose numbers need no prefix.
  std::optional<double> find(const std::string& name, const std::string& own, End end) const {
    if (name.starts_with("node.")) return of_node(name.substr(5));
    for (std::size_t i = 0; i < config_.runs.size(); ++i) {
      const std::string& run = config_.runs[i].name;
      const bool prefixed = name.starts_with(run + ".");
      if (!prefixed && run != own) continue;
      const std::string key = prefixed ? name.substr(run.size() + 1) : name;
      if (key == "ambient_c") return config_.runs[i].environment.ambient_c;
      if (const auto number = outcomes_[i].number(key)) return at(*number, end);
    }
    return std::nullopt;
  }

 private:
  /// Of the preset's node.
  std::optional<double> of_node(const std::string& fact) const {
    const auto node = config_.nodes.find(config_.runs.front().soc.tech.node);
    if (node == config_.nodes.end()) return std::nullopt;
    const auto value = node->second.find(fact);
    return value == node->second.end() ? std::nullopt : std::optional(value->second);
  }

  const ClaimsConfig& config_;
  const std::vector<batch::Outcome>& outcomes_;
};

batch::Estimate simulated_value(const std::string& figure, const std::string& run, const Names& names) {
  const auto value = [&](End end) {
    return evaluate(figure, [&](const std::string& name) { return names.find(name, run, end); });
  };
  const double corners[] = {value(End::value), value(End::low), value(End::high)};
  return {corners[0], *std::min_element(corners, corners + 3), *std::max_element(corners, corners + 3)};
}

double bound_of(const ClaimConfig& claim, const ClaimsConfig& config, const Names& names) {
  const auto mechanism = std::find_if(config.mechanisms.begin(), config.mechanisms.end(),
                                      [&](const MechanismConfig& m) { return m.name == claim.mechanism; });
  const auto given = [&](const std::string& name) -> std::optional<double> {
    for (const auto* inputs : {&claim.given, &mechanism->given})
      if (const auto found = inputs->find(name); found != inputs->end()) return found->second;
    return names.find(name, claim.run.empty() ? config.runs.front().name : claim.run, End::value);
  };
  return claim.scale * evaluate(mechanism->formula, given);
}

/// How far the claim is beyond the bound: above 1, it is not to be had.
double factor_of(Promise says, double claimed, double bound) {
  if (says == Promise::at_most) return bound / claimed;
  if (says == Promise::at_least) return claimed / bound;
  return std::max(claimed / bound, bound / claimed);
}

bool reaches(Promise says, double number, double target) {
  if (says == Promise::at_most) return number <= target;
  if (says == Promise::at_least) return number >= target;
  return std::max(number / target, target / number) <= kEqual;
}

Verdict verdict_of(const Judgement& j) {
  const ClaimConfig& claim = *j.claim;
  if (!claim.claimed || (!j.factor && !j.simulated)) return Verdict::open;
  const bool reached = !j.simulated || reaches(claim.says, j.simulated->value, *claim.claimed);
  if (!j.factor) return reached ? Verdict::met : Verdict::violated;
  const double allowed = claim.says == Promise::equal ? kEqual : kJustSo;
  if (*j.factor > allowed) return claim.instead.empty() ? Verdict::violated : Verdict::wrong_mechanism;
  if (!reached) return Verdict::conditional;
  if (claim.says == Promise::equal) return Verdict::met;
  if (*j.factor > 1 / kJustSo) return Verdict::conditional;
  const bool far = *j.factor <= 1 / kTrivially;
  const bool far_simulated =
      !j.simulated || factor_of(claim.says, *claim.claimed, j.simulated->value) <= 1 / kTrivially;
  return far && far_simulated ? Verdict::trivially : Verdict::met;
}

Judgement judge_one(const ClaimConfig& claim, const ClaimsConfig& config, const Names& names) {
  Judgement j;
  j.claim = &claim;
  try {
    if (!claim.mechanism.empty()) j.bound = bound_of(claim, config, names);
    if (!claim.figure.empty()) j.simulated = simulated_value(claim.figure, claim.run, names);
  } catch (const FormulaError& error) {
    j.why = error.what();
  }
  if (j.bound && claim.claimed) j.factor = factor_of(claim.says, *claim.claimed, *j.bound);
  j.verdict = verdict_of(j);
  return j;
}

}  // namespace

const char* name(Verdict verdict) {
  switch (verdict) {
    case Verdict::met:
      return "met";
    case Verdict::trivially:
      return "trivially";
    case Verdict::conditional:
      return "conditional";
    case Verdict::violated:
      return "violated";
    case Verdict::wrong_mechanism:
      return "wrong mechanism";
    case Verdict::open:
      return "open";
  }
  return "";
}

std::vector<Judgement> judge(const ClaimsConfig& config, const std::vector<batch::Outcome>& outcomes) {
  const Names names(config, outcomes);
  std::vector<Judgement> all;
  for (const ClaimConfig& claim : config.claims) all.push_back(judge_one(claim, config, names));
  return all;
}

std::vector<Score> scoreboard(const ClaimsConfig& config, const std::vector<batch::Outcome>& outcomes) {
  const Names names(config, outcomes);
  std::vector<Score> all;
  for (const TargetConfig& target : config.targets) {
    Score score;
    score.target = &target;
    try {
      score.simulated = simulated_value(target.figure, config.runs.front().name, names);
      score.reached = reaches(target.says, score.simulated->value, target.value);
    } catch (const FormulaError& error) {
      score.why = error.what();
    }
    all.push_back(std::move(score));
  }
  return all;
}

}  // namespace kiln::claims
