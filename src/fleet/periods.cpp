// SPDX-License-Identifier: MIT
#include "fleet/periods.h"

#include <algorithm>

#include "base/error.h"
#include "fleet/replayed_device.h"

namespace kiln::fleet {

namespace {

constexpr double kNoPeriod_s = 1e-15;
/// Idle time is taken in periods that double so many times: nothing but cooling down happens in it. Of a
/// device that is off they end sooner, since its guard may switch it on again.
constexpr int kMostDoublings = 10, kMostDoublingsOff = 6;

}  // namespace

Periods::Periods(device::HeatedPackage& package, double control_period_s, std::optional<pdn::Battery> battery)
    : package_(package),
      control_period_s_(control_period_s),
      battery_(std::move(battery)),
      ends_s_(control_period_s) {}

/// What all dies and links drew in a period comes out of one battery, whose state each governor sees.
void Periods::discharge(double dt_s) {
  double drawn_w = 0;
  for (const ReplayedDevice* die : dies_) drawn_w += die->drawn_w();
  if (drawn_w > 0) battery_->discharge(drawn_w, dt_s);
  const bool empty = drawn_w <= 0 || battery_->empty(drawn_w);
  for (ReplayedDevice* die : dies_) die->tell_battery(battery_->state_of_charge(), empty);
}

void Periods::join(ReplayedDevice& die) {
  KILN_CHECK(dies_.size() < package_.dies(), "a package of {} dies has one more", dies_.size());
  dies_.push_back(&die);
}

void Periods::begin_to_work(double now_s) {
  if (ends_s_ - now_s > control_period_s_) end(now_s);
  idle_ = 0;
}

void Periods::end(double now_s) {
  for (ReplayedDevice* die : dies_) die->pass(now_s);
  const double dt_s = now_s - began_s_;
  bool worked = false;
  if (dt_s > kNoPeriod_s) {
    block_w_.clear();
    for (ReplayedDevice* die : dies_) {
      worked |= die->worked();
      const std::span<const double> drawn_w = die->draw(dt_s);
      block_w_.insert(block_w_.end(), drawn_w.begin(), drawn_w.end());
    }
    const double cooling_j = package_.warm(dt_s, block_w_) / static_cast<double>(dies_.size());
    for (ReplayedDevice* die : dies_) die->end_period(cooling_j);
    if (battery_) discharge(dt_s);
    for (ReplayedDevice* die : dies_) die->decide();
    idle_ = worked ? 0 : std::min(idle_ + 1, kMostDoublings);
  }
  for (ReplayedDevice* die : dies_) die->begin_period();
  const auto is_off = [](const ReplayedDevice* die) { return die->is_off(); };
  const auto works = [](const ReplayedDevice* die) { return die->works(); };
  int doublings = std::any_of(dies_.begin(), dies_.end(), works) ? 0 : idle_;
  if (std::any_of(dies_.begin(), dies_.end(), is_off)) doublings = std::min(doublings, kMostDoublingsOff);
  began_s_ = now_s;
  ends_s_ = now_s + control_period_s_ * static_cast<double>(1 << doublings);
}

}  // namespace kiln::fleet
