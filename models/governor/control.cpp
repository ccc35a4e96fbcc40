// SPDX-License-Identifier: MIT
#include "governor/control.h"

#include <algorithm>

#include "base/error.h"

namespace kiln::governor {

const config::Record<GovernorConfig>& describe(const GovernorConfig*) {
  static const auto record =
      config::Record<GovernorConfig>("governor",
                                     "Policies, refresh ladder, guard and the cost of a transition")
          .field(
              "policies", &GovernorConfig::policies,
              {.doc = "Policies acting together; the most careful one wins", .source = "performance alone"})
          .field("refresh", &GovernorConfig::refresh,
                 {.doc = "Refresh rate by memory temperature; left out: soc.memory.dram.refresh"})
          .field("guard", &GovernorConfig::guard, {.doc = "Emergency shutdown and sensor faults"})
          .field("transition", &GovernorConfig::transition,
                 {.doc = "Time taken by a change of operating point"})
          .check([](const GovernorConfig& c, config::Checker& check) {
            if (c.policies.empty())
              check.fail("policies", "needs at least one policy; performance does nothing");
          });
  return record;
}

namespace {

bool wants_something(const Decision& decision, int top_level) {
  return decision.level < top_level || decision.hbm_frequency_factor < 1 ||
         decision.learning_rate_factor != 1 || decision.cooling_level.value_or(1) < 1 || decision.shutdown;
}

}  // namespace

ControlLoop::ControlLoop(const GovernorConfig& config, std::span<const OperatingPoint> table)
    : guard_(config.guard), top_level_(static_cast<int>(table.size()) - 1) {
  if (config.policies.empty())
    throw base::SimError("governor: no policy is configured; `performance` does nothing");
  period_s_ = config.policies.front().period_s;
  for (const PolicyConfig& policy : config.policies) {
    period_s_ = std::min(period_s_, policy.period_s);
    entries_.push_back({policy.kind, make_policy(policy, table), policy.period_s, 0});
  }
}

double ControlLoop::longest_period_s() const {
  double longest_s = period_s_;
  for (const Entry& entry : entries_) longest_s = std::max(longest_s, entry.period_s);
  return longest_s;
}

Decision ControlLoop::combined() const {
  Decision total{.level = top_level_};
  for (const Entry& entry : entries_) {
    const Decision& one = entry.last;
    total.level = std::min(total.level, one.level);
    total.learning_rate_factor *= one.learning_rate_factor;
    total.shutdown = total.shutdown || one.shutdown;
    total.hbm_frequency_factor = std::min(total.hbm_frequency_factor, one.hbm_frequency_factor);
    if (one.cooling_level)
      total.cooling_level = std::max(total.cooling_level.value_or(0), *one.cooling_level);
  }
  return total;
}

Decision ControlLoop::step(const Observation& observation) {
  for (Entry& entry : entries_) {
    entry.since_s += observation.period_s;
    if (entry.decided && entry.since_s < entry.period_s * (1 - 1e-9)) continue;
    Observation seen = observation;
    seen.period_s = entry.since_s;
    entry.last = entry.policy->decide(seen);
    entry.decided = true;
    entry.acted |= wants_something(entry.last, top_level_);
    entry.since_s = 0;
  }
  Decision decision = combined();
  const GuardState guarded = guard_.update(observation);
  if (guarded != GuardState::normal || decision.shutdown) {
    decision.level = 0;
    decision.shutdown = decision.shutdown || guarded == GuardState::shut_down;
    if (decision.cooling_level) decision.cooling_level = 1;
  }
  return decision;
}

void ControlLoop::reset() {
  for (Entry& entry : entries_) {
    entry.policy->reset();
    entry.since_s = 0;
    entry.decided = false;
  }
  guard_.reset();
}

std::vector<std::string> ControlLoop::idle_policies() const {
  std::vector<std::string> idle;
  for (const Entry& entry : entries_)
    if (!entry.acted && entry.kind != PolicyKind::performance)
      idle.emplace_back(config::enum_name(entry.kind));
  return idle;
}

std::vector<double> ControlLoop::state() const {
  std::vector<double> all;
  const auto append = [&all](const std::vector<double>& part) {
    all.insert(all.end(), part.begin(), part.end());
  };
  for (const Entry& entry : entries_) {
    append(entry.policy->state());
    all.push_back(entry.since_s);
  }
  append(guard_.state());
  return all;
}

}  // namespace kiln::governor
