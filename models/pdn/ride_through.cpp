// SPDX-License-Identifier: MIT
#include "pdn/ride_through.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "base/error.h"

namespace kiln::pdn {

namespace {

constexpr double kTick_s = kRideTick_s;
constexpr std::int64_t kRinging = 48;  // ticks after a change: some periods of the first droop
constexpr double kSmallDroop = 5e-4;  // of the voltage: changes that can do no more are not looked at closely
constexpr double kLowest_hz = 1e5, kHighest_hz = 1e9;  // where a rail's impedance may peak

std::int64_t tick_of(double time_s) {
  return std::llround(time_s / kTick_s);
}

/// The modes of a rail as they ring, in strides of powers of two of a tick.
class Ringing {
 public:
  explicit Ringing(const Rail& rail)
      : modes_(rail.modes()), real_(modes_.size()), imaginary_(modes_.size()) {}

  void rise(double ampere) {
    for (std::size_t m = 0; m < modes_.size(); ++m) {
      real_[m] += ampere * modes_[m].volts_per_ampere.real();
      imaginary_[m] += ampere * modes_[m].volts_per_ampere.imag();
    }
  }

  /// A power of two of ticks.
  void pass(std::int64_t ticks) {
    const std::vector<std::complex<double>>& factors = factors_of(ticks);
    for (std::size_t m = 0; m < modes_.size(); ++m) {
      const double real = real_[m], imaginary = imaginary_[m];
      real_[m] = real * factors[m].real() - imaginary * factors[m].imag();
      imaginary_[m] = real * factors[m].imag() + imaginary * factors[m].real();
    }
  }

  /// From the settled voltage.
  double away_v() const {
    double sum = 0;
    for (const double value : real_) sum += value;
    return sum;
  }

  /// It is never farther away from now on: modes only decay.
  double farthest_v() const {
    double sum = 0;
    for (std::size_t m = 0; m < modes_.size(); ++m) sum += std::abs(real_[m]) + std::abs(imaginary_[m]);
    return sum;
  }

 private:
  const std::vector<std::complex<double>>& factors_of(std::int64_t ticks) {
    std::vector<std::complex<double>>& factors =
        factors_[static_cast<std::size_t>(std::bit_width(static_cast<std::uint64_t>(ticks)) - 1)];
    if (factors.empty())
      for (const RailMode& mode : modes_)
        factors.push_back(std::exp(mode.pole * (static_cast<double>(ticks) * kTick_s)));
    return factors;
  }

  std::vector<RailMode> modes_;
  std::vector<double> real_, imaginary_;
  std::array<std::vector<std::complex<double>>, 64> factors_;  ///< by the stride's power of two
};

/// The rail from tick to tick; told of every voltage that it passes.
class Ride {
 public:
  Ride(const Rail& rail, const AdaptiveClockConfig* clock, std::span<const LoadChange> load, const Harm& harm)
      : rail_(rail),
        clock_(clock),
        load_(load),
        harm_(harm),
        ringing_(rail),
        drawn_a_(load.front().current_a) {
    small_a_ = kSmallDroop * rail.config().voltage_v /
               (2 * rail.impedance_peak(kLowest_hz, kHighest_hz).impedance_ohm);
    lowest_v_ = settled_v(drawn_a_);
  }

  void run(double end_s) {
    const std::int64_t end = tick_of(end_s);
    for (std::size_t i = 0; i < load_.size(); ++i) {
      const std::int64_t until = i + 1 < load_.size() ? std::min(end, tick_of(load_[i + 1].time_s)) : end;
      hold(load_[i], until);
    }
  }

  double lowest_v() const { return lowest_v_; }
  double lowest_at_s() const { return static_cast<double>(lowest_at_) * kTick_s; }
  double stretched_s() const { return static_cast<double>(stretched_) * kTick_s; }
  double unanswered_v() const { return unanswered_v_; }
  double wrong_share() const { return work_ > 0 ? wrong_ / work_ : 0; }

 private:
  double settled_v(double load_a) const {
    return rail_.config().voltage_v - rail_.static_resistance_ohm() * load_a;
  }

  void hold(const LoadChange& from_now, std::int64_t until) {
    if (until <= now_) return;
    const double load_a = from_now.current_a;
    work_per_tick_ = from_now.work_per_s * kTick_s;
    threshold_v_ = clock_ != nullptr ? settled_v(load_a) - clock_->threshold_share * rail_.config().voltage_v
                                     : -std::numeric_limits<double>::infinity();
    std::int64_t close = std::abs(load_a - load_a_) > small_a_ ? kRinging : 0;
    load_a_ = load_a;
    std::int64_t stride = 1;
    while (now_ < until) {
      if (below_ == 0) {
        draw(load_a_);
        if (settles_unseen()) return pass_unseen(until);
      }
      const bool watched = close > 0 || below_ > 0;
      stride = watched ? 1 : stride * 2;
      while (stride > until - now_) stride /= 2;
      advance(stride);
      --close;
    }
  }

  void draw(double draws_a) {
    if (draws_a != drawn_a_) ringing_.rise(draws_a - drawn_a_);
    drawn_a_ = draws_a;
  }

  /// Whether nothing that it is told of can happen before the load changes again: no voltage lower than those
  /// seen, none below the threshold, none at which work is wrong.
  bool settles_unseen() const {
    const double least_v = settled_v(drawn_a_) - ringing_.farthest_v();
    if (works() && least_v < harm_.harmless_v) return false;
    return least_v >= std::max({lowest_v_, threshold_v_, rail_.config().voltage_v - unanswered_v_});
  }

  bool works() const { return harm_.wrong_share && work_per_tick_ > 0; }

  void pass_unseen(std::int64_t until) {
    if (works()) work_ += work_per_tick_ * static_cast<double>(until - now_);
    for (auto ticks = static_cast<std::uint64_t>(until - now_); ticks != 0; ticks &= ticks - 1)
      ringing_.pass(static_cast<std::int64_t>(ticks & -ticks));
    now_ = until;
  }

  void advance(std::int64_t ticks) {
    const bool stretches = clock_ != nullptr && static_cast<double>(below_) * kTick_s > clock_->latency_s;
    draw(stretches ? load_a_ * (1 - clock_->stretch) : load_a_);
    ringing_.pass(ticks);
    now_ += ticks;
    const double voltage_v = settled_v(drawn_a_) + ringing_.away_v();
    if (voltage_v < lowest_v_) {
      lowest_v_ = voltage_v;
      lowest_at_ = now_;
    }
    if (works()) do_work(ticks, voltage_v, stretches);
    if (stretches)
      stretched_ += ticks;
    else
      unanswered_v_ = std::max(unanswered_v_, rail_.config().voltage_v - voltage_v);
    below_ = voltage_v < threshold_v_ ? below_ + ticks : 0;
  }

  void do_work(std::int64_t ticks, double voltage_v, bool stretches) {
    const double work = work_per_tick_ * static_cast<double>(ticks);
    work_ += work;
    if (!stretches && voltage_v < harm_.harmless_v) wrong_ += work * harm_.wrong_share(voltage_v);
  }

  const Rail& rail_;
  const AdaptiveClockConfig* clock_;
  std::span<const LoadChange> load_;
  const Harm& harm_;
  Ringing ringing_;
  double drawn_a_;
  double small_a_ = 0, load_a_ = 0, threshold_v_ = 0;
  double lowest_v_ = 0, unanswered_v_ = 0;
  double work_per_tick_ = 0, work_ = 0, wrong_ = 0;
  std::int64_t now_ = 0, lowest_at_ = 0;
  std::int64_t below_ = 0;      ///< for how long the voltage has been under the threshold
  std::int64_t stretched_ = 0;  ///< ticks with a stretched clock
};

Ride ridden(const Rail& rail, const AdaptiveClockConfig* clock, std::span<const LoadChange> load,
            double end_s, const Harm& harm) {
  KILN_CHECK(!load.empty() && end_s > 0, "a load of {} changes over {} s", load.size(), end_s);
  Ride ride(rail, clock, load, harm);
  ride.run(end_s);
  return ride;
}

}  // namespace

std::vector<LoadChange> summed(std::vector<LoadChange> steps, const LoadChange& before) {
  std::sort(steps.begin(), steps.end());
  LoadChange sum = before;
  std::vector<LoadChange> load{before};
  for (const LoadChange& step : steps) {
    sum.current_a += step.current_a;
    sum.work_per_s += step.work_per_s;
    if (load.back().time_s < step.time_s) load.push_back({step.time_s});
    load.back().current_a = sum.current_a;
    load.back().work_per_s = sum.work_per_s;
  }
  return load;
}

double largest_rise_a(std::span<const LoadChange> load) {
  // Tasks that start within a quarter of a first droop's period are one rise to the rail.
  constexpr double kTogether_s = 4e-9;
  double largest_a = 0;
  std::size_t first = 0;
  for (std::size_t i = 1; i < load.size(); ++i) {
    while (load[i].time_s - load[first + 1].time_s > kTogether_s) ++first;
    for (std::size_t before = first; before < i; ++before)
      largest_a = std::max(largest_a, load[i].current_a - load[before].current_a);
  }
  return largest_a;
}

Droop ride_through(const Rail& rail, std::span<const LoadChange> load, double end_s, const Harm& harm) {
  const Ride ride = ridden(rail, nullptr, load, end_s, harm);
  return {.lowest_v = ride.lowest_v(),
          .at_s = ride.lowest_at_s(),
          .share = 1 - ride.lowest_v() / rail.config().voltage_v,
          .wrong_share = ride.wrong_share()};
}

StretchReport ride_through(const Rail& rail, const AdaptiveClockConfig& clock,
                           std::span<const LoadChange> load, double end_s, const Harm& harm) {
  const Ride ride = ridden(rail, &clock, load, end_s, harm);
  return {.stretched_s = ride.stretched_s(),
          .lost_share = clock.stretch * ride.stretched_s() / end_s,
          .lowest_v = ride.lowest_v(),
          .guard_band_v = ride.unanswered_v(),
          .wrong_share = ride.wrong_share()};
}

}  // namespace kiln::pdn
