// SPDX-License-Identifier: MIT
#include "run/replay.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace kiln::run {

namespace {

constexpr double kNothing_s = 1e-15;
constexpr int kPeriodsPerReport = 4096;
constexpr int kMostIdleRounds = 1000;  // turns from wait to work take no time, one after the other

}  // namespace

void Replay::move_to(const sim::OperatingPoint& point) {
  signature_ = &steps_.at(point).signature;
  point_ = point;
}

/// Whole steps at once if they fit, else what remains of the present one. Returns the time used.
double Replay::do_work(double left_s, device::Stretch& stretch, Observed& observed) {
  const double duration_s = signature_->duration_s();
  if (work_ == 0 && interval_s_ <= duration_s && left_s >= duration_s) {
    const double steps = std::floor(left_s / duration_s);
    signature_->add_steps(steps, energy_j_);
    stretch.utilization += steps * signature_->computed_s(0, 1);
    observed.steps += steps;
    return steps * duration_s;
  }
  double used_s = 0;
  const double reached = signature_->advance(work_, left_s, used_s);
  signature_->add_energy(work_, reached, energy_j_);
  stretch.utilization += signature_->computed_s(work_, reached);
  observed.steps += reached - work_;
  work_ = reached;
  return used_s;
}

device::Stretch Replay::work_for(double dt_s, Observed& observed) {
  device::Stretch stretch;
  stretch.dt_s = dt_s;
  double left_s = dt_s;
  int idle_rounds = 0;
  while (left_s > kNothing_s) {
    double used_s = 0;
    if (stall_left_s_ > 0) {  // the clock stands still while its PLL locks
      used_s = std::min(left_s, stall_left_s_);
      stall_left_s_ -= used_s;
    } else if (work_ >= 1) {  // waiting for the next step of a fixed rate
      const double wait_s = std::max(0.0, interval_s_ - since_step_s_);
      used_s = std::min(left_s, wait_s);
      if (wait_s <= left_s) {
        work_ = 0;
        since_step_s_ = -used_s;
      }
    } else {
      used_s = do_work(left_s, stretch, observed);
      stretch.busy_s += used_s;
    }
    since_step_s_ += used_s;
    left_s -= used_s;
    idle_rounds = used_s > 0 ? 0 : idle_rounds + 1;
    KILN_CHECK(idle_rounds < kMostIdleRounds,
               "device time stands still at {} of a step of {} s, {} s of the control period left", work_,
               signature_->duration_s(), left_s);
  }
  stretch.utilization /= dt_s;
  if (work_ < 1) {
    stretch.phase = phases_.phase_at(work_);
    stretch.queue_share = signature_->queue_share_at(work_);
  }
  return stretch;
}

void Replay::period(Observed& observed) {
  const double dt_s = device_.control_period_s();
  device::Stretch stretch;
  stretch.dt_s = dt_s;
  device::PeriodRecord period;
  if (off_) {
    period = device_.rest(dt_s, point_);
  } else {
    energy_j_.assign(device_.power().blocks(), 0.0);
    stretch = work_for(dt_s, observed);
    period = device_.advance(stretch, energy_j_, point_);
  }
  observed.add(period, off_ || device_.is_throttled(point_), device_.heat().block_c());
  const governor::Decision decision = device_.decide(period, stretch);
  observed.learning_rate_time += decision.learning_rate_factor * dt_s;
  if (decision.shutdown && !observed.shut_down) {
    observed.shut_down = true;
    observed.shutdown_reason = device_.guard_reason();
    observed.battery_empty = device_.battery_empty();
    if (!first_off_s_) first_off_s_ = period.time_s;
    observed.shutdown_at_s = *first_off_s_;
  }
  off_ = decision.shutdown;
  const sim::OperatingPoint next = device_.apply(decision);
  if (off_ || next == point_) return;
  // Memory and network go on while the tiles' clock stands still, so only work bound by the tiles waits.
  stall_left_s_ += device_.transition_s(point_, next) * signature_->busy_share_at(work_);
  ++observed.transitions;
  move_to(next);
}

Observed Replay::run(double duration_s) {
  device_.heat().reduce(device_.control_period_s());
  device_.begin_from_cold();
  Observed observed;
  int since_report = kPeriodsPerReport;
  while (observed.time_s < duration_s * (1 - 1e-12)) {
    steps_.check_watch();
    if (++since_report > kPeriodsPerReport) {
      since_report = 0;
      steps_.report(observed.time_s / duration_s, fmt::format("{:.1f} s of device time", observed.time_s));
    }
    period(observed);
  }
  observed.heat_balance = device_.heat().balance().relative();
  observed.point = point_;
  return observed;
}

}  // namespace kiln::run
