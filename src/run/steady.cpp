// SPDX-License-Identifier: MIT
#include "run/steady.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <numeric>
#include <optional>
#include <vector>

#include "thermal/leakage.h"

namespace kiln::run {

namespace {

constexpr int kQuietPeriods = 25;        // a decision kept this long at steady temperatures is taken as final
constexpr int kLeastPeriods = 60;        // control periods watched for a limit cycle
constexpr int kMostPeriods = 300'000;    // in one stretch: about a second of computing
constexpr int kMostPeriodsFull = 2'000;  // the same where every period costs a step of the full thermal model
constexpr int kStretches = 12;  // half time constants of the package; what is left of the start is exp(-6)
constexpr double kStepsReported = 200;  // at least so many, where control periods cut steps anywhere
constexpr double kSamePower = 0.003;    // relative, from stretch to stretch
constexpr double kSameTemperature_k = 0.05;

/// Some control periods: what was observed, where the device was, how warm its blocks were on average.
struct Watch {
  struct Visit {
    sim::OperatingPoint point;
    double time_s = 0;
  };

  Observed observed;
  std::vector<Visit> visits;
  std::vector<double> mean_c;

  void stay(const sim::OperatingPoint& point, double dt_s) {
    const auto known =
        std::find_if(visits.begin(), visits.end(), [&](const Visit& v) { return v.point == point; });
    if (known == visits.end())
      visits.push_back({point, dt_s});
    else
      known->time_s += dt_s;
  }
  const sim::OperatingPoint& longest() const {
    return std::max_element(visits.begin(), visits.end(),
                            [](const Visit& a, const Visit& b) { return a.time_s < b.time_s; })
        ->point;
  }
  double dynamic_w() const { return observed.dynamic_j / observed.time_s; }
};

bool close(double a, double b) {
  return std::abs(a - b) <= kSamePower * std::abs(a);
}

/// Equal dynamic and cooling power, within kSamePower; temperatures may differ.
bool same_work(const Watch& a, const Watch& b) {
  return a.observed.shut_down == b.observed.shut_down && close(a.dynamic_w(), b.dynamic_w()) &&
         close(a.observed.cooling_w(), b.observed.cooling_w());
}

bool same_heat(const Watch& a, const Watch& b) {
  return std::equal(a.mean_c.begin(), a.mean_c.end(), b.mean_c.begin(),
                    [](double x, double y) { return std::abs(x - y) <= kSameTemperature_k; });
}

class SteadySearch {
 public:
  SteadySearch(StepStore& steps, device::Device& device) : steps_(steps), device_(device) {}

  Observed find() {
    device_.hold_battery();
    std::exception_ptr runaway;
    try {
      if (std::optional<Observed> quiet = stay_at_top()) return *quiet;
    } catch (const thermal::ThermalRunaway&) {
      runaway = std::current_exception();  // unless the governor slows the chip down in time
    }
    if (std::optional<Observed> independent = without_feedback()) return *independent;
    Observed observed = walk();
    if (observed.shut_down && runaway) std::rethrow_exception(runaway);
    return observed;
  }

 private:
  thermal::State steady_at(const sim::OperatingPoint& point) {
    return device_.steady(steps_.mean_power_w(point), point, steps_.busy_share(point));
  }

  /// The steady state of the highest operating point; empty if the governor leaves that point.
  std::optional<Observed> stay_at_top() {
    const sim::OperatingPoint top = device_.top_point();
    device_.begin(steady_at(top));
    replay_.emplace(steps_, device_);
    const double cooling_w = device_.heat().cooling_w();
    Observed seen = watch(kQuietPeriods).observed;
    if (seen.transitions > 0 || seen.shut_down || device_.heat().cooling_w() != cooling_w) return {};
    // Control periods cut steps anywhere; the mean is that of whole ones.
    const std::vector<double> mean_w = steps_.mean_power_w(top);
    seen.steps = seen.time_s / steps_.interval_s(top);
    seen.busy_s = seen.steps * steps_.at(top).signature.duration_s();
    seen.dynamic_j = std::accumulate(mean_w.begin(), mean_w.end(), 0.0) * seen.time_s;
    return seen;
  }

  /// Shortcut: let the governor act from the steady state of the slowest point, jump to the steady state of
  /// what it did, and see whether it does the same there. If so, the heating up in between is not simulated.
  std::optional<Observed> without_feedback() {
    device_.heat().reduce(device_.control_period_s());
    device_.begin(steady_at(device_.slowest_point()));
    replay_.emplace(steps_, device_);
    const Watch before = watch(2 * kLeastPeriods);
    if (before.observed.shut_down) return {};
    std::vector<double> mean_w(device_.power().blocks());
    double busy = 0;
    for (const Watch::Visit& visit : before.visits) {
      const double share = visit.time_s / before.observed.time_s;
      const std::vector<double> at = steps_.mean_power_w(visit.point);
      for (std::size_t b = 0; b < at.size(); ++b) mean_w[b] += at[b] * share;
      busy += steps_.busy_share(visit.point) * share;
    }
    try {
      device_.settle(device_.steady(mean_w, before.longest(), busy));
    } catch (const thermal::ThermalRunaway&) {
      return {};
    }
    if (!same_work(before, watch(2 * kLeastPeriods))) return {};
    const double reported_s = kStepsReported * steps_.interval_s(before.longest());
    const Watch after = watch(periods_in(reported_s));
    if (!same_work(before, after)) return {};
    return after.observed;
  }

  /// Replays from ambient until power and temperatures are the same over two stretches of half the package's
  /// time constant. The start matters, because of hysteresis: a governor may hold a hot device at
  /// temperatures that it would not have let a cold one reach, and memory lowers a raised refresh rate late.
  Observed walk() {
    device_.heat().drive(1);
    device_.begin_at_ambient();
    replay_.emplace(steps_, device_);
    const int periods = periods_in(0.5 * thermal::lumped_time_constant_s(device_.heat().model().network()));
    Watch last = watch(periods);
    for (int i = 1; i < kStretches; ++i) {
      steps_.report(static_cast<double>(i) / kStretches, "settling under the governor");
      Watch next = watch(periods);
      const bool settled = same_work(last, next) && same_heat(last, next);
      last = std::move(next);
      if (settled) return last.observed;
    }
    return watch(kStretches / 2 * periods).observed;  // a limit cycle as slow as the package: its mean
  }

  int periods_in(double time_s) const {
    const int most = device_.heat().reduced() ? kMostPeriods : kMostPeriodsFull;
    return static_cast<int>(std::clamp(time_s / device_.control_period_s(), 1.0 * kLeastPeriods, 1.0 * most));
  }

  Watch watch(int periods) {
    Watch seen;
    seen.mean_c.assign(device_.power().blocks(), 0.0);
    for (int p = 0; p < periods; ++p) {
      steps_.check_watch();
      seen.stay(replay_->point(), device_.control_period_s());
      replay_->period(seen.observed);
      const std::span<const double> block_c = device_.heat().block_c();
      for (std::size_t b = 0; b < seen.mean_c.size(); ++b) seen.mean_c[b] += block_c[b] / periods;
    }
    seen.observed.heat_balance = device_.heat().balance().relative();
    seen.observed.point = seen.longest();
    return seen;
  }

  StepStore& steps_;
  device::Device& device_;
  std::optional<Replay> replay_;
};

/// Within a step, blocks swing around their mean: the peaks of one more step, slice by slice.
void add_ripple(Observed& observed, const SimulatedStep& step, device::Device& device) {
  const Signature& signature = step.signature;
  constexpr int kSlices = 16;
  if (signature.duration_s() < 1e-6) return;
  std::vector<double> energy_j(device.power().blocks());
  double work = 0, time_s = 0;
  for (int i = 0; i < kSlices; ++i) {
    double used_s = 0;
    const double share = i + 1 == kSlices ? 1.01 : 1.0;  // the last one reaches the end despite rounding
    const double reached = signature.advance(work, share * signature.duration_s() / kSlices, used_s);
    if (used_s <= 0) break;
    std::fill(energy_j.begin(), energy_j.end(), 0.0);
    signature.add_energy(work, reached, energy_j);
    work = reached;
    const device::PeriodRecord period =
        device.advance({.dt_s = used_s, .busy_s = used_s}, energy_j, signature.point());
    observed.note_peaks(period, device.heat().block_c());
    time_s += used_s;
    observed.step_temperatures.push_back({time_s, period.hottest_c, period.memory_c});
  }
}

}  // namespace

Observed steady_state(StepStore& steps, device::Device& device) {
  Observed observed = SteadySearch(steps, device).find();
  add_ripple(observed, steps.at(observed.point), device);
  return observed;
}

}  // namespace kiln::run
