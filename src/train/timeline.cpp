// SPDX-License-Identifier: MIT
#include "train/timeline.h"

#include <algorithm>

#include "base/error.h"
#include "dram/retention.h"
#include "report/supply.h"
#include "run/steady.h"

namespace kiln::train {

namespace {

constexpr std::int64_t kMostPeriods = 20'000'000;  // of an epoch: about ten seconds of computing

}  // namespace

Timeline::Timeline(run::StepStore& steps, device::Device& device, const dram::DramConfig& memory, bool hot)
    : steps_(steps), device_(device), memory_(memory) {
  if (hot) {
    const run::Observed steady = run::steady_state_or(steps, device, "train from learning.start: cold");
    if (steady.shut_down)
      throw base::SimError(
          fmt::format("the device is off in its steady state ({}); train from learning.start: cold",
                      steady.shutdown_reason));
    thermal::State state = device.heat().full_state();
    device.heat().reduce(device.control_period_s());
    device.begin(std::move(state));
  } else {
    device.heat().reduce(device.control_period_s());
    device.begin_from_cold();
  }
  replay_.emplace(steps, device);
}

void Timeline::add_share(const run::Observed& before, double share, DeviceEpoch& epoch) const {
  const auto of = [&](double run::Observed::*value) { return share * (all_.*value - before.*value); };
  epoch.steps += of(&run::Observed::steps);
  epoch.time_s += of(&run::Observed::time_s);
  epoch.busy_s += of(&run::Observed::busy_s);
  epoch.throttled_s += of(&run::Observed::throttled_s);
  const double board_j = share * period_board_j_, cooling_j = of(&run::Observed::cooling_j);
  epoch.board_j += board_j;
  epoch.cooling_j += cooling_j;
  epoch.energy_j += of(&run::Observed::dynamic_j) + of(&run::Observed::static_j) + board_j + cooling_j;
  epoch.frequency_hz += of(&run::Observed::frequency_time);
  epoch.rate_factor += of(&run::Observed::learning_rate_time);
  const device::PeriodRecord& period = all_.last;
  epoch.hottest_c = std::max(epoch.hottest_c, period.hottest_c);
  epoch.memory_c = std::max(epoch.memory_c, period.memory_c);
  epoch.skin_c = std::max(epoch.skin_c, period.skin_c);
  const double voltage_v = device_.point_of(period.level).voltage_v;
  epoch.voltage_v = epoch.voltage_v == 0 ? voltage_v : std::min(epoch.voltage_v, voltage_v);
  note_retention(period, epoch);
  note_supplies(of(&run::Observed::steps), epoch);
}

void Timeline::note_supplies(double steps, DeviceEpoch& epoch) const {
  if (!steps_.feels_supply() || steps == 0) return;
  const run::SimulatedStep& step = steps_.at(period_point_);
  epoch.late_macs += steps * report::late_macs(step);
  if (step.memory_supply) epoch.wrong_moved += steps * step.memory_supply->droop.wrong_share;
}

void Timeline::note_retention(const device::PeriodRecord& period, DeviceEpoch& epoch) const {
  const double interval_s = dram::refresh_interval_s(memory_, period.refresh_rate);
  const auto rate = [&](double held_s, double at_c) {
    return dram::bit_error_rate(memory_.retention, held_s, at_c);
  };
  if (epoch.refresh_interval_s > 0 &&
      rate(interval_s, period.memory_c) <= rate(epoch.refresh_interval_s, epoch.retention_c))
    return;
  epoch.refresh_interval_s = interval_s;
  epoch.retention_c = period.memory_c;
}

DeviceEpoch Timeline::advance(double steps) {
  DeviceEpoch epoch;
  epoch.rate_factor = 0;
  const auto book = [&](double available) {
    const double made = available * (all_.steps - last_.steps);
    const double wanted = steps - epoch.steps;
    const double share = made <= wanted || made <= 0 ? available : available * wanted / made;
    add_share(last_, share, epoch);
    carried_ = available - share;
  };
  if (carried_ > 0) book(carried_);
  std::int64_t periods = 0;
  while (epoch.steps < steps * (1 - 1e-12) && !all_.shut_down) {
    if (++periods % 1024 == 0) steps_.check_watch();
    if (periods > kMostPeriods)
      throw base::SimError(fmt::format(
          "an epoch of {:.0f} steps takes more than {} control periods; lengthen the period of the "
          "governor's policies, or learn fewer steps",
          steps, kMostPeriods));
    // Of the series only the growing one is kept: a copy of the numbers will do.
    run::Series series;
    std::swap(series, all_.series);
    last_ = all_;
    std::swap(series, all_.series);
    period_point_ = replay_->point();
    replay_->period(all_);
    period_board_j_ = device_.board_j(all_.last);
    book(1);
  }
  if (epoch.steps > 0) {
    epoch.late_macs /= epoch.steps;
    epoch.wrong_moved /= epoch.steps;
  }
  if (epoch.time_s > 0) {
    epoch.frequency_hz /= epoch.time_s;
    epoch.rate_factor /= epoch.time_s;
  } else {
    epoch.rate_factor = 1;
  }
  epoch.peak_block_c = all_.peak_block_c;
  epoch.shut_down = all_.shut_down && epoch.steps < steps * (1 - 1e-9);
  return epoch;
}

}  // namespace kiln::train
