// SPDX-License-Identifier: MIT
#include "fleet/replayed_device.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"

namespace kiln::fleet {

namespace {

constexpr double kNothing_s = 1e-15;

/// The PHY of a die-to-die link stands with the chip's other I/O; without one, with its first unit.
std::size_t link_block_of(const experiment::ExperimentConfig& experiment, const soc::ChipPlan& plan) {
  const std::vector<soc::UnitConfig>& units = experiment.soc.units;
  const auto io = std::find_if(units.begin(), units.end(),
                               [](const soc::UnitConfig& unit) { return unit.kind == soc::UnitKind::io; });
  const auto unit = io == units.end() ? 0 : io - units.begin();
  return static_cast<std::size_t>(plan.unit_block[static_cast<std::size_t>(unit)]);
}

}  // namespace

ReplayedDevice::ReplayedDevice(DeviceKind& kind, device::Device& device, std::shared_ptr<Periods> periods,
                               std::vector<double> marks)
    : kind_(&kind),
      device_(device),
      point_(device_.top_point()),
      signature_(&kind.at(point_)),
      phases_(signature_),
      interval_s_(kind.interval_s()),
      marks_(std::move(marks)),
      periods_(std::move(periods)),
      shares_package_(periods_ != nullptr),
      link_block_(link_block_of(kind.experiment(), kind.prepared().plan)),
      energy_j_(device_.power().blocks(), 0.0) {
  if (!periods_) periods_ = std::make_shared<Periods>(device_.package(), device_.control_period_s());
  periods_->join(*this);
  device_.heat().drive(1);
  device_.begin_from_cold();
}

void ReplayedDevice::load(DeviceKind& kind, std::size_t account, double now_s) {
  pass(now_s);
  settle_account();
  account_ = account;
  if (account >= accounts_.size()) {
    accounts_.resize(account + 1);
    shares_.resize(account + 1);
  }
  kind_ = &kind;
  signature_ = &kind.at(point_);
  phases_ = &kind.at(device_.top_point());
  interval_s_ = kind.interval_s();
}

void ReplayedDevice::start(double now_s, int steps) {
  pass(now_s);
  periods_->begin_to_work(now_s);
  steps_left_ += steps;
  if (holds_)
    go_on(now_s);
  else
    begin_step(now_s);
}

void ReplayedDevice::update(double now_s) {
  pass(now_s);
  periods_->begin_to_work(now_s);
  go_on(now_s);
}

void ReplayedDevice::begin_step(double now_s) {
  progress_.restart();
  mark_ = 0;
  held_s_ = 0;
  begins_s_ = std::max(now_s, books_.steps > 0 ? step_began_s_ + interval_s_ : now_s);
  step_began_s_ = begins_s_;
}

void ReplayedDevice::go_on(double now_s) {
  KILN_CHECK(holds_, "told to update what does not wait for it");
  holds_ = false;
  held_s_ += now_s - held_from_s_;
}

double ReplayedDevice::goal_s() const {
  return std::max(now_s_, begins_s_) + stalled_s_ + signature_->time_between(progress_.work(), goal());
}

double ReplayedDevice::next_s() const {
  if (!working()) return periods_->ends_s();
  // What it does changes when its samples are there and when its clock runs again.
  if (begins_s_ > now_s_) return std::min(periods_->ends_s(), begins_s_);
  if (stalled_s_ > 0) return std::min(periods_->ends_s(), now_s_ + stalled_s_);
  return std::min(periods_->ends_s(), goal_s());
}

void ReplayedDevice::pass(double to_s) {
  const double dt_s = to_s - now_s_;
  if (dt_s <= 0) return;
  if (working() && begins_s_ <= now_s_) {
    if (stalled_s_ > 0) {
      stalled_s_ = std::max(0.0, stalled_s_ - dt_s);
      if (stalled_s_ < kNothing_s) stalled_s_ = 0;
    } else {
      // The end of a step is its end, whatever rounding says of the time left.
      const double before = progress_.work();
      const double used_s = to_s >= goal_s() ? progress_.reach(goal(), *signature_, stretch_, energy_j_)
                                             : progress_.advance(*signature_, dt_s, stretch_, energy_j_);
      books_.training_s += used_s;
      books_.steps += progress_.work() - before;
      accounts_[account_].busy_s += used_s;
      accounts_[account_].steps += progress_.work() - before;
    }
  }
  now_s_ = to_s;
}

Reached ReplayedDevice::move_on(double now_s) {
  pass(now_s);
  if (now_s >= periods_->ends_s()) periods_->end(now_s);
  if (!working() || progress_.work() < goal()) return Reached::nothing;
  if (mark_ < marks_.size()) return reach_mark();
  end_step();
  if (!marks_.empty()) return Reached::update;
  return steps_left_ == 0 ? Reached::gradient : Reached::nothing;
}

Reached ReplayedDevice::reach_mark() {
  if (++mark_ < marks_.size()) return Reached::bucket;
  holds_ = true;
  held_from_s_ = now_s_;
  return Reached::gradient;
}

void ReplayedDevice::end_step() {
  const double duration_s = now_s_ - step_began_s_ - held_s_;
  if (books_.longest_step_s == 0) books_.first_step_s = duration_s;
  books_.last_step_s = duration_s;
  books_.longest_step_s = std::max(books_.longest_step_s, duration_s);
  if (--steps_left_ > 0)
    begin_step(now_s_);
  else
    progress_.restart();
}

void ReplayedDevice::settle_account() {
  const double dynamic_j = std::accumulate(energy_j_.begin(), energy_j_.end(), 0.0);
  shares_[account_].busy_s += stretch_.busy_s - settled_.busy_s;
  shares_[account_].dynamic_j += dynamic_j - settled_.dynamic_j;
  settled_ = {stretch_.busy_s, dynamic_j};
}

/// Dynamic joules by account, static ones while steps ran by time; board and cooling in proportion.
void ReplayedDevice::share_out(const device::PeriodRecord& period, double device_j) {
  const double chip_j = period.dynamic_j + period.static_j;
  const double static_w = settled_.busy_s > 0 ? (period.static_j - period.idle_j) / settled_.busy_s : 0;
  for (std::size_t a = 0; a < shares_.size(); ++a) {
    if (chip_j > 0)
      accounts_[a].device_j += (shares_[a].dynamic_j + static_w * shares_[a].busy_s) * device_j / chip_j;
    shares_[a] = {};
  }
}

std::span<const double> ReplayedDevice::draw(double dt_s) {
  settle_account();
  stretch_.dt_s = dt_s;
  stretch_.busy_s = std::min(stretch_.busy_s, dt_s);
  stretch_.utilization /= dt_s;
  if (working() && !progress_.done()) {
    stretch_.phase = phases_->phase_at(progress_.work());
    stretch_.queue_share = signature_->queue_share_at(progress_.work());
  }
  const std::span<const double> drawn_w =
      off_ ? device_.draw_off(dt_s, point_) : device_.draw(stretch_, energy_j_, point_);
  block_w_.assign(drawn_w.begin(), drawn_w.end());
  if (shares_package_) {
    link_w_ = (link_j_ - link_given_j_) / dt_s;
    block_w_[link_block_] += link_w_;
    books_.link_heat_j += link_j_ - link_given_j_;
    link_given_j_ = link_j_;
  }
  books_.heat_j += std::accumulate(block_w_.begin(), block_w_.end(), 0.0) * dt_s;
  return block_w_;
}

void ReplayedDevice::end_period(double cooling_j) {
  ended_ = device_.end_period(cooling_j);
  add_to_books(ended_);
  if (shares_package_) series_.add(ended_);
}

void ReplayedDevice::decide() {
  follow(device_.decide(ended_, stretch_));
}

void ReplayedDevice::begin_period() {
  stretch_ = {};
  settled_ = {};
  std::fill(energy_j_.begin(), energy_j_.end(), 0.0);
}

void ReplayedDevice::add_to_books(const device::PeriodRecord& period) {
  books_.time_s += period.dt_s;
  const double chip_j = period.dynamic_j + period.static_j;
  books_.chip_j += chip_j;
  books_.idle_j += period.idle_j;
  const double device_j =
      device_.supply().input_w(device_.rail_load(period)) * period.dt_s + period.cooling_j;
  books_.device_j += device_j;
  share_out(period, device_j);
  books_.peak_c = std::max(books_.peak_c, period.hottest_c);
  const std::span<const double> block_c = device_.block_c();
  books_.peak_block_c.resize(block_c.size(), -273.15);
  for (std::size_t b = 0; b < block_c.size(); ++b)
    books_.peak_block_c[b] = std::max(books_.peak_block_c[b], block_c[b]);
  if (period.skin_c > books_.peak_skin_c) books_.peak_skin_c = period.skin_c;
  if (off_ || device_.is_throttled(point_)) books_.throttled_s += period.dt_s;
  if (off_) books_.off_s += period.dt_s;
}

void ReplayedDevice::follow(const governor::Decision& decision) {
  off_ = decision.shutdown;
  if (off_) {
    if (device_.battery_empty()) books_.ended = device_.guard_reason();
    return;
  }
  const sim::OperatingPoint next = device_.apply(decision);
  if (next == point_) return;
  // As in a replay: work bound by the tiles alone waits for the clock.
  if (working())
    stalled_s_ += device_.transition_s(point_, next) * signature_->busy_share_at(progress_.work());
  point_ = next;
  signature_ = &kind_->at(point_);
}

void ReplayedDevice::finish(double now_s) {
  periods_->end(now_s);
}

}  // namespace kiln::fleet
