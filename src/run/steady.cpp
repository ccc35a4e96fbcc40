// SPDX-License-Identifier: MIT
#include "run/steady.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <exception>
#include <limits>
#include <numeric>
#include <optional>
#include <tuple>
#include <vector>

#include "thermal/leakage.h"

namespace kiln::run {

namespace {

constexpr int kQuietPeriods = 25;    // a decision kept this long at steady temperatures is taken as final
constexpr int kLeastPeriods = 60;    // control periods of a window
constexpr double kTimesSlowest = 3;  // a window holds so many steps, and periods of the slowest policy
constexpr std::int64_t kMostPeriods = 4'000'000;  // in all: about five seconds of computing
constexpr std::int64_t kMostPeriodsFull =
    30'000;                          // the same where each costs a step of the full thermal model
constexpr double kLeap_k = 0.25;     // what blocks may move in a leap: little beside any policy's hysteresis
constexpr double kSettled_k = 0.02;  // from the steady state of the mean powers
constexpr int kPatience = 6;         // windows that come no nearer before they are made longer
constexpr double kStepsReported = 200;  // at least so many, where control periods cut steps anywhere
constexpr double kSamePower = 0.001;    // relative, from window to window
constexpr double kForever_s = 1e9;

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
  const sim::OperatingPoint& fastest() const {
    return std::max_element(
               visits.begin(), visits.end(),
               [](const Visit& a, const Visit& b) {
                 return std::tuple(a.point.frequency_hz, a.point.memory_clock_factor, -a.point.refresh_rate) <
                        std::tuple(b.point.frequency_hz, b.point.memory_clock_factor, -b.point.refresh_rate);
               })
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

double distance_k(const std::vector<double>& a, const std::vector<double>& b) {
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
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
    Observed observed = climb();
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

  /// From ambient, window by window, to where the powers of a window keep the temperatures it had. The start
  /// matters, because of hysteresis: a governor may hold a hot device at temperatures that it would not have
  /// let a cold one reach. Between windows time leaps on under their mean powers while no block moves by more
  /// than kLeap_k (projective integration, Gear & Kevrekidis 2003): slow parts of the package cost a few
  /// hundred windows whatever their time constant, and a leap goes nowhere from where they have settled.
  Observed climb() {
    device_.heat().reduce(device_.control_period_s());
    device_.heat().drive(1);
    device_.begin_from_cold();
    replay_.emplace(steps_, device_);
    std::int64_t periods = window_periods(), left = most_periods();
    double nearest_k = std::numeric_limits<double>::infinity();
    int no_nearer = 0;
    std::optional<Watch> last;
    while (left > 0) {
      device_.heat().restart_mean();
      Watch seen = watch(periods);
      left -= periods;
      if (seen.observed.shut_down) return afterwards(seen.observed, periods);
      steps_.report(1 - static_cast<double>(left) / static_cast<double>(most_periods()),
                    "settling under the governor");
      const double residual_k =
          distance_k(seen.mean_c, device_.heat().steady_means_c(device_.heat().mean_w()));
      if (residual_k < kSettled_k && last && same_work(*last, seen)) {
        Observed observed = settled(periods).observed;
        observed.steadiness.residual_k = residual_k;
        return observed;
      }
      no_nearer = residual_k < 0.9 * nearest_k ? 0 : no_nearer + 1;
      nearest_k = std::min(nearest_k, residual_k);
      if (no_nearer > kPatience) {  // a swing longer than the window hides in its means
        periods *= 2;
        no_nearer = 0;
        nearest_k = std::numeric_limits<double>::infinity();
      }
      leap(seen);
      last = std::move(seen);
    }
    return cycle(periods);
  }

  /// What a device that switched itself off does then: most often nothing. Peaks are those before.
  Observed afterwards(const Observed& before, std::int64_t periods) {
    Observed off = watch(4 * periods).observed;
    off.shut_down = true;
    off.shutdown_reason = before.shutdown_reason;
    off.shutdown_at_s = before.shutdown_at_s;
    off.battery_empty = before.battery_empty;
    off.peak_skin_c = std::max(off.peak_skin_c, before.peak_skin_c);
    off.peak_power_w = std::max(off.peak_power_w, before.peak_power_w);
    for (std::size_t b = 0; b < off.peak_block_c.size(); ++b)
      off.peak_block_c[b] = std::max(off.peak_block_c[b], before.peak_block_c[b]);
    return off;
  }

  void leap(const Watch& seen) {
    device::Heat& heat = device_.heat();
    if (!heat.reduced()) return device_.leap_to_end();  // its steps are dear
    const std::vector<double> power_w = heat.mean_w();
    const auto moves_k = [&](double dt_s) {
      return distance_k(heat.means_after_c(dt_s, power_w), seen.mean_c);
    };
    double dt_s = 0;
    for (double next_s = seen.observed.time_s; next_s < kForever_s && moves_k(next_s) <= kLeap_k; next_s *= 2)
      dt_s = next_s;
    if (dt_s > 0) device_.leap(dt_s);
  }

  /// Where it stays: what is reported, without leaps. Under a governor that swings, whole swings, from one
  /// arrival at its fastest point to another, until twice as many tell the same.
  Watch settled(std::int64_t periods) {
    std::int64_t least = std::max(periods, periods_in(reported_s()));
    Watch seen = watch(least);
    if (const sim::OperatingPoint fastest = seen.fastest(); seen.visits.size() > 1) {
      watch_until_arrival(fastest, 1, 4 * least);
      seen = watch_until_arrival(fastest, least, 4 * least);
      for (bool same = false; !same && least < most_periods() / 4;) {
        least *= 2;
        Watch more = watch_until_arrival(fastest, least, 4 * least);
        same = same_work(seen, more);
        seen = std::move(more);
      }
    }
    return seen;
  }

  /// The governor swings as slowly as the package itself: long stretches held against one another.
  Observed cycle(std::int64_t periods) {
    const Watch first = settled(periods);
    Watch second = settled(periods);
    second.observed.steadiness = {.residual_k = distance_k(first.mean_c, second.mean_c),
                                  .cycle_s = second.observed.time_s};
    return second.observed;
  }

  std::int64_t most_periods() const { return device_.heat().reduced() ? kMostPeriods : kMostPeriodsFull; }
  std::int64_t periods_in(double time_s) const {
    const double periods = std::ceil(time_s / device_.control_period_s());
    return static_cast<std::int64_t>(
        std::clamp(periods, 1.0 * kLeastPeriods, static_cast<double>(most_periods()) / 8));
  }
  std::int64_t window_periods() {
    return periods_in(kTimesSlowest *
                      std::max(steps_.interval_s(device_.slowest_point()), device_.slowest_policy_s()));
  }
  double reported_s() { return kStepsReported * steps_.interval_s(replay_->point()); }

  Watch watch(std::int64_t periods) {
    return watch_while([&](std::int64_t done, bool) { return done < periods; });
  }
  /// At least `least` periods, and on to the next arrival at `point`, but at most `most`.
  Watch watch_until_arrival(const sim::OperatingPoint& point, std::int64_t least, std::int64_t most) {
    return watch_while([&](std::int64_t done, bool moved) {
      return done < least || (done < most && !(moved && replay_->point() == point));
    });
  }
  /// `go_on` is asked after each period with their number and whether the operating point has just changed.
  template <class GoOn>
  Watch watch_while(GoOn go_on) {
    Watch seen;
    seen.mean_c.assign(device_.power().blocks(), 0.0);
    std::int64_t periods = 0;
    for (bool moved = false; go_on(periods, moved); ++periods) {
      steps_.check_watch();
      const sim::OperatingPoint before = replay_->point();
      seen.stay(before, device_.control_period_s());
      replay_->period(seen.observed);
      moved = !(replay_->point() == before);
      const std::span<const double> block_c = device_.heat().block_c();
      for (std::size_t b = 0; b < seen.mean_c.size(); ++b) seen.mean_c[b] += block_c[b];
    }
    for (double& mean : seen.mean_c) mean /= static_cast<double>(periods);
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
  observed.film.end(device.heat(), 0);
  add_ripple(observed, steps.at(observed.point), device);
  return observed;
}

Observed steady_state_or(StepStore& steps, device::Device& device, std::string_view instead) {
  try {
    return steady_state(steps, device);
  } catch (const thermal::ThermalRunaway& none) {
    throw thermal::TooHot(fmt::format("{}, or {}", none.what(), instead));
  }
}

}  // namespace kiln::run
