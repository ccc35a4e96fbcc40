// SPDX-License-Identifier: MIT
#include "run/steady.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace kiln::run {

namespace {

constexpr double kSettled = 0.002;  // relative change of mean power between two rounds
constexpr int kRounds = 12;
constexpr int kPeriodsPerRound = 60;  // control periods watched for a limit cycle
constexpr int kQuietPeriods = 25;  // a decision that stands this long at steady temperatures stands for good

struct Visit {
  sim::OperatingPoint point;
  double time_s = 0;
};

double sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

/// Where the device was during a round, and what that means on average.
class Round {
 public:
  void stay(const sim::OperatingPoint& point, double dt_s) {
    const auto known =
        std::find_if(visits_.begin(), visits_.end(), [&](const Visit& v) { return v.point == point; });
    if (known == visits_.end())
      visits_.push_back({point, dt_s});
    else
      known->time_s += dt_s;
    time_s_ += dt_s;
  }
  const sim::OperatingPoint& longest() const {
    return std::max_element(visits_.begin(), visits_.end(),
                            [](const Visit& a, const Visit& b) { return a.time_s < b.time_s; })
        ->point;
  }
  std::vector<double> mean_power_w(StepStore& steps) const {
    std::vector<double> mean_w;
    for (const Visit& visit : visits_) {
      const std::vector<double> at = steps.mean_power_w(visit.point);
      mean_w.resize(at.size(), 0.0);
      for (std::size_t b = 0; b < at.size(); ++b) mean_w[b] += at[b] * visit.time_s / time_s_;
    }
    return mean_w;
  }
  double mean_busy_share(StepStore& steps) const {
    double share = 0;
    for (const Visit& visit : visits_) share += steps.busy_share(visit.point) * visit.time_s / time_s_;
    return share;
  }
  double steps_done(StepStore& steps) const {
    double done = 0;
    for (const Visit& visit : visits_) done += visit.time_s / steps.interval_s(visit.point);
    return done;
  }

 private:
  std::vector<Visit> visits_;
  double time_s_ = 0;
};

/// Within a step, blocks swing around their mean: the peaks of one more step, slice by slice.
void add_ripple(Observed& observed, const SimulatedStep& step, Device& device) {
  const Signature& signature = step.signature;
  constexpr int kSlices = 16;
  if (signature.duration_s() < 1e-6) return;
  std::vector<double> energy_j(device.power().blocks());
  double work = 0;
  for (int i = 0; i < kSlices; ++i) {
    double used_s = 0;
    const double share = i + 1 == kSlices ? 1.01 : 1.0;  // the last one reaches the end despite rounding
    const double reached = signature.advance(work, share * signature.duration_s() / kSlices, used_s);
    if (used_s <= 0) break;
    std::fill(energy_j.begin(), energy_j.end(), 0.0);
    signature.add_energy(work, reached, energy_j);
    work = reached;
    const PeriodRecord period =
        device.advance({.dt_s = used_s, .busy_s = used_s}, energy_j, signature.point());
    observed.note_peaks(period, device.heat().block_c());
  }
}

}  // namespace

Observed steady_state(StepStore& steps, Device& device) {
  Replay replay(steps, device);
  const sim::OperatingPoint top = device.top_point();
  device.begin(device.steady(steps.mean_power_w(top), top, steps.busy_share(top)));
  double last_power_w = -1;
  Observed observed;
  Round round;
  for (int i = 0; i < kRounds; ++i) {
    steps.check_interrupted();
    observed = {};
    round = {};
    const int periods = i == 0 ? kQuietPeriods : kPeriodsPerRound;
    const double cooling_w = device.heat().cooling_w();
    for (int p = 0; p < periods && !observed.shut_down; ++p) {
      round.stay(replay.point(), device.control_period_s());
      replay.period(observed);
    }
    observed.heat_balance = device.heat().balance().relative();
    observed.point = round.longest();
    if (observed.shut_down) return observed;
    const bool moved = observed.transitions > 0 || device.heat().cooling_w() != cooling_w;
    // Windows of control periods cut steps anywhere; the mean is that of whole ones.
    observed.steps = round.steps_done(steps);
    observed.dynamic_j = sum(round.mean_power_w(steps)) * observed.time_s;
    const double power_w = (observed.dynamic_j + observed.static_j) / observed.time_s;
    const bool settled = last_power_w > 0 && std::abs(power_w - last_power_w) <= kSettled * power_w;
    last_power_w = power_w;
    if (!moved || settled) break;
    // The package is far slower than the governor: jump to the steady state of this round's mean power.
    device.settle(device.steady(round.mean_power_w(steps), observed.point, round.mean_busy_share(steps)));
  }
  add_ripple(observed, steps.at(observed.point), device);
  return observed;
}

}  // namespace kiln::run
