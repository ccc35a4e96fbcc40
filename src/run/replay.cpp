// SPDX-License-Identifier: MIT
#include "run/replay.h"

#include <fmt/core.h>

namespace kiln::run {

namespace {

constexpr int kPeriodsPerReport = 4096;

}  // namespace

Replay::Replay(StepStore& steps, device::Device& device)
    : own_work_(std::make_unique<RepeatedStep>(steps, device.top_point())),
      work_(*own_work_),
      device_(device),
      point_(device.top_point()) {}

Replay::Replay(Work& work, device::Device& device)
    : work_(work), device_(device), point_(device.top_point()) {
  work_.move_to(point_, 0);
}

void Replay::period(Observed& observed, double dt_s) {
  device::Stretch stretch;
  stretch.dt_s = dt_s;
  device::PeriodRecord period;
  const bool off = this->off();
  if (off) {
    work_.pass_off(dt_s);
    period = device_.rest(dt_s, point_);
  } else {
    energy_j_.assign(device_.power().blocks(), 0.0);
    stretch = work_.pass(dt_s, energy_j_);
    period = device_.advance(stretch, energy_j_, point_);
    observed.steps += stretch.steps;
  }
  observed.add(period, off || device_.is_throttled(point_), device_.heat().block_c());
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
  work_.move_to(next, device_.transition_s(point_, next));
  ++observed.transitions;
  point_ = next;
}

Observed Replay::run(StepStore& steps, double duration_s) {
  device_.heat().reduce(device_.control_period_s());
  device_.begin_from_cold();
  Observed observed;
  int since_report = kPeriodsPerReport;
  while (observed.time_s < duration_s * (1 - 1e-12)) {
    steps.check_watch();
    if (++since_report > kPeriodsPerReport) {
      since_report = 0;
      steps.report(observed.time_s / duration_s, fmt::format("{:.1f} s of device time", observed.time_s));
    }
    period(observed);
    observed.film.note(device_.heat(), observed.time_s);
  }
  observed.film.end(device_.heat(), observed.time_s);
  observed.heat_balance = device_.heat().balance().relative();
  observed.point = point_;
  return observed;
}

}  // namespace kiln::run
