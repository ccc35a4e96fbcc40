// SPDX-License-Identifier: MIT
#include "device/device.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "base/text.h"
#include "power/speed.h"

namespace kiln::device {

using power::PowerState;
using thermal::Probe;

namespace {

// Places of sensors that are no floorplan block.
constexpr int kSkin = -1, kBoard = -2;

int place_of(const thermal::Floorplan& floorplan, const thermal::PackageConfig& package,
             const std::string& name) {
  if (name == "skin" && package.skin) return kSkin;
  if (name == "board" && package.board) return kBoard;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < floorplan.blocks.size(); ++i) {
    if (floorplan.blocks[i].name == name) return static_cast<int>(i);
    names.push_back(floorplan.blocks[i].name);
  }
  if (package.skin) names.emplace_back("skin");
  if (package.board) names.emplace_back("board");
  throw base::ConfigError(
      {}, "soc.sensors",
      fmt::format("neither a floorplan block nor a thermometer of the package is called '{}'{}", name,
                  base::suggestion(name, names)));
}

/// `all` means one sensor on every NPU tile.
std::vector<governor::SensorConfig> expanded_sensors(const soc::SocConfig& soc) {
  std::vector<governor::SensorConfig> sensors;
  for (const governor::SensorConfig& sensor : soc.sensors) {
    if (sensor.block != "all") {
      sensors.push_back(sensor);
      continue;
    }
    for (const soc::UnitConfig& unit : soc.units) {
      if (unit.kind != soc::UnitKind::npu) continue;
      sensors.push_back(sensor);
      sensors.back().block = unit.name;
    }
  }
  return sensors;
}

}  // namespace

std::vector<governor::OperatingPoint> opp_table(const soc::SocConfig& soc) {
  return base::if_it_fits({}, "soc.operating_points.points", [&] {
    return governor::make_opp_table(soc.operating_points,
                                    [&](double hz) { return power::required_voltage_v(soc.tech, hz); });
  });
}

Device::Device(const experiment::ExperimentConfig& experiment, const soc::ChipPlan& plan,
               const base::Watch& watch)
    : Device(experiment, plan,
             base::if_it_fits({}, "soc.package",
                              [&] {
                                return std::make_shared<HeatedPackage>(
                                    experiment, std::vector{plan.floorplan}, plan.regulator_block, watch);
                              }),
             0) {}

Device::Device(const experiment::ExperimentConfig& experiment, const soc::ChipPlan& plan,
               std::shared_ptr<HeatedPackage> package, std::size_t die)
    : supply_(experiment.soc),
      power_(base::if_it_fits({}, "soc.tech", [&] { return ChipPower(experiment.soc, plan); })),
      package_(std::move(package)),
      blocks_(package_->die(die)),
      table_(opp_table(experiment.soc)),
      control_(experiment.governor, table_),
      refresh_(experiment::refresh_rule(experiment)),
      nominal_refresh_(refresh_.rate()),
      transition_(experiment.governor.transition),
      sensor_configs_(expanded_sensors(experiment.soc)),
      memory_block_(static_cast<std::size_t>(plan.memory_block)),
      regulator_block_(plan.regulator_block),
      noc_clock_ratio_(experiment.soc.noc_clock_ratio),
      memory_follows_core_(experiment.soc.domains.memory.supply == soc::Supply::core),
      initial_charge_(experiment.environment.state_of_charge),
      battery_config_(experiment.soc.battery) {
  for (const governor::SensorConfig& sensor : sensor_configs_)
    sensor_places_.push_back(place_of(plan.floorplan, experiment.soc.package, sensor.block));
  begin_from_cold();
}

void Device::begin_from_cold() {
  begin(package_->cold());
}

sim::OperatingPoint Device::point_of(int level) const {
  const governor::OperatingPoint& opp = table_.at(static_cast<std::size_t>(level));
  const double memory_clock = memory_follows_core_ ? opp.frequency_hz / table_.back().frequency_hz : 1.0;
  return {level,        opp.frequency_hz, opp.voltage_v, opp.frequency_hz * noc_clock_ratio_,
          memory_clock, nominal_refresh_};
}

sim::OperatingPoint Device::apply(const governor::Decision& decision) const {
  sim::OperatingPoint point = point_of(decision.level);
  point.memory_clock_factor *= decision.hbm_frequency_factor;
  point.refresh_rate = refresh_.rate();
  return point;
}

double Device::transition_s(const sim::OperatingPoint& from, const sim::OperatingPoint& to) const {
  return transition_.plan({from.frequency_hz, from.voltage_v}, {to.frequency_hz, to.voltage_v}).stopped_s();
}

Device::Statics& Device::statics(const sim::OperatingPoint& point) {
  const std::pair at{point.level, point.refresh_rate};
  const auto found = statics_.find(at);
  if (found != statics_.end()) return found->second;
  return statics_
      .emplace(at, Statics{power_.statics(point, PowerState::active),
                           power_.statics(point, PowerState::clock_gated),
                           power_.statics(point, PowerState::power_gated)})
      .first->second;
}

thermal::State Device::steady(const std::vector<double>& dynamic_w, const sim::OperatingPoint& point,
                              double busy_share) {
  const Statics& at = statics(point);
  const auto blend = [busy_share](double active, double gated) {
    return busy_share * active + (1 - busy_share) * gated;
  };
  std::vector<double> fixed_w = dynamic_w, block_w;
  for (std::size_t b = 0; b < fixed_w.size(); ++b) {
    fixed_w[b] +=
        blend(at.active.clock_w[b] + at.active.uncore_w[b], at.gated.clock_w[b] + at.gated.uncore_w[b]);
    block_w.push_back(fixed_w[b] + at.active.leakage_w(b, package_->timeline().start_ambient_c()));
  }
  if (regulator_block_ >= 0)
    fixed_w[static_cast<std::size_t>(regulator_block_)] += regulator_w(rail_load(block_w, point));
  return heat().steady(fixed_w, [&](int block, double temperature_c) {
    const auto b = static_cast<std::size_t>(block);
    return blend(at.active.leakage_w(b, temperature_c), at.gated.leakage_w(b, temperature_c));
  });
}

double Device::sensed_c(int place) const {
  if (place == kSkin) return heat().probe_c(Probe::skin);
  if (place == kBoard) return heat().probe_c(Probe::board);
  return block_c(static_cast<std::size_t>(place));
}

void Device::begin(thermal::State full_state) {
  package_->begin(std::move(full_state));
  time_s_ = 0;
  control_.reset();
  refresh_.reset();
  battery_empty_ = false;
  shared_charge_.reset();
  if (battery_config_) battery_.emplace(*battery_config_, initial_charge_);
  settle_sensors();
}

void Device::settle(thermal::State full_state) {
  heat().begin(std::move(full_state));
  take_jump();
}

void Device::leap(double dt_s) {
  heat().step(dt_s, heat().mean_w());
  take_jump();
}

void Device::leap_to_end() {
  settle(heat().steady_of(heat().mean_w()));
}

/// Temperatures are others than a moment ago, and nobody may wonder.
void Device::take_jump() {
  control_.forgive_jump();
  settle_sensors();
}

void Device::settle_sensors() {
  sensors_ = {sensor_configs_.begin(), sensor_configs_.end()};
  readings_c_.clear();
  for (std::size_t i = 0; i < sensors_.size(); ++i)
    readings_c_.push_back(sensors_[i].sample(sensed_c(sensor_places_[i]), 0));
}

PeriodRecord Device::advance(const Stretch& stretch, const std::vector<double>& dynamic_j,
                             const sim::OperatingPoint& point) {
  draw(stretch, dynamic_j, point);
  return warmed();
}

PeriodRecord Device::rest(double dt_s, const sim::OperatingPoint& point) {
  draw_off(dt_s, point);
  return warmed();
}

PeriodRecord Device::warmed() {
  KILN_CHECK(package_->dies() == 1, "a die of {} has not the heat of all", package_->dies());
  return end_period(package_->warm(drawn_.dt_s, power_w_));
}

std::span<const double> Device::draw(const Stretch& stretch, const std::vector<double>& dynamic_j,
                                     const sim::OperatingPoint& point) {
  Statics& at = statics(point);
  const double busy = stretch.busy_s / stretch.dt_s, per_s = 1 / stretch.dt_s;
  const std::span<const double> block_c = this->block_c();
  const std::size_t blocks = dynamic_j.size();
  static_w_.resize(blocks);
  power_w_.resize(blocks);
  double idle_w = 0;
  for (std::size_t b = 0; b < blocks; ++b) {
    static_w_[b] = at.active.block_w(b, block_c[b]);
    if (busy < 1) {
      const double gated_w = at.gated.block_w(b, block_c[b]);
      static_w_[b] += (1 - busy) * (gated_w - static_w_[b]);
      idle_w += (1 - busy) * gated_w;
    }
    power_w_[b] = dynamic_j[b] * per_s + static_w_[b];
  }
  draw_with(stretch.dt_s, point);
  drawn_.busy_s = stretch.busy_s;
  drawn_.steps = stretch.steps;
  drawn_.idle_j = idle_w * stretch.dt_s;
  return power_w_;
}

std::span<const double> Device::draw_off(double dt_s, const sim::OperatingPoint& point) {
  StaticPower& off = statics(point).off;
  const std::span<const double> block_c = this->block_c();
  static_w_.resize(block_c.size());
  for (std::size_t b = 0; b < block_c.size(); ++b)
    static_w_[b] = battery_empty_ ? 0 : off.block_w(b, block_c[b]);
  power_w_ = static_w_;
  draw_with(dt_s, point);
  drawn_.idle_j = drawn_.static_j;
  return power_w_;
}

RailLoad Device::rail_load(std::span<const double> block_w, const sim::OperatingPoint& point) const {
  RailLoad load{.memory_w = block_w[memory_block_], .core_v = point.voltage_v};
  for (std::size_t b = 0; b < block_w.size(); ++b) {
    load.chip_w += block_w[b];
    if (power_.is_core(b)) load.core_w += block_w[b];
  }
  return load;
}

RailLoad Device::rail_load(const PeriodRecord& period) const {
  return {.chip_w = period.power_w(),
          .core_w = period.core_power_w,
          .memory_w = period.memory_power_w,
          .core_v = table_[static_cast<std::size_t>(period.level)].voltage_v};
}

double Device::board_j(const PeriodRecord& last) const {
  if (drawn_w_ == 0) return 0;
  return supply_.input_w(rail_load(last)) * last.dt_s - (last.dynamic_j + last.static_j);
}

/// Powers are known: what they come to, and what the regulators add.
void Device::draw_with(double dt_s, const sim::OperatingPoint& point) {
  load_ = rail_load(power_w_, point);
  const double static_w = std::accumulate(static_w_.begin(), static_w_.end(), 0.0);
  drawn_ = {};
  drawn_.dt_s = dt_s;
  drawn_.static_j = static_w * dt_s;
  drawn_.dynamic_j = (load_.chip_w - static_w) * dt_s;
  drawn_.core_power_w = load_.core_w;
  drawn_.memory_power_w = load_.memory_w;
  drawn_.level = point.level;
  drawn_.frequency_hz = point.frequency_hz;
  drawn_.refresh_rate = point.refresh_rate;
  if (point.refresh_rate > nominal_refresh_) drawn_.refresh_raised_s = dt_s;
  actor_power_w_ = {load_.chip_w - load_.memory_w, load_.memory_w};
  if (regulator_block_ >= 0 && !battery_empty_)
    power_w_[static_cast<std::size_t>(regulator_block_)] += regulator_w(load_);
}

/// Heat has moved on: sensors, battery and books do.
PeriodRecord Device::end_period(double cooling_j) {
  PeriodRecord period = drawn_;
  const double dt_s = period.dt_s;
  const bool unpowered = battery_empty_;
  period.cooling_j = unpowered ? 0 : cooling_j;
  period.cooling_drive = heat().drive_now();
  period.ambient_c = heat().ambient_c();
  for (std::size_t i = 0; i < sensors_.size(); ++i)
    readings_c_[i] = sensors_[i].sample(sensed_c(sensor_places_[i]), dt_s);
  drawn_w_ = unpowered ? 0 : supply_.input_w(load_) + cooling_j / dt_s + outside_load_w_;
  if (battery_) exchange_with_battery(dt_s);
  time_s_ += dt_s;
  period.time_s = time_s_;
  const std::span<const double> block_c = this->block_c();
  const auto chip = regulator_block_ < 0 ? block_c.end() : block_c.begin() + regulator_block_;
  period.hottest_c = *std::max_element(block_c.begin(), chip);
  period.memory_c = block_c[memory_block_];
  period.skin_c =
      heat().has_probe(Probe::skin) ? heat().probe_c(Probe::skin) : std::numeric_limits<double>::quiet_NaN();
  return period;
}

/// The source feeds what is drawn, the battery gives what is missing or takes what is left.
void Device::exchange_with_battery(double dt_s) {
  const double missing_w = drawn_w_ - outside_source_w_;
  if (!battery_held_) {
    if (missing_w < 0)
      battery_->charge(-missing_w, dt_s);
    else if (!battery_empty_)
      battery_->discharge(missing_w, dt_s);
  }
  const bool may_give = !battery_empty_ || battery_->state_of_charge() >= restart_charge_;
  battery_empty_ = !may_give || (missing_w > 0 && battery_->empty(missing_w));
}

void Device::set_context(double compression_ratio, double frozen_fraction) {
  compression_ratio_ = compression_ratio;
  frozen_fraction_ = frozen_fraction;
}

governor::Decision Device::decide(const PeriodRecord& period, const Stretch& stretch) {
  governor::Observation seen;
  seen.time_s = time_s_;
  seen.period_s = period.dt_s;
  seen.ambient_c = heat().ambient_c();
  seen.sensor_c = readings_c_;
  seen.skin_c = period.skin_c;
  if (heat().has_probe(Probe::board)) seen.board_c = heat().probe_c(Probe::board);
  seen.hbm_c = period.memory_c;
  seen.power_w = period.power_w();
  seen.actor_power_w = actor_power_w_;
  seen.current_level = period.level;
  seen.utilization = stretch.utilization;
  seen.queue_depth = stretch.queue_share;
  seen.phase = stretch.phase;
  seen.compression_ratio = compression_ratio_;
  seen.frozen_fraction = frozen_fraction_;
  if (battery_) seen.battery_fraction = battery_->state_of_charge();
  if (shared_charge_) seen.battery_fraction = *shared_charge_;
  governor::Decision decision = control_.step(seen);
  refresh_.update(seen.hbm_c);
  decision.shutdown = decision.shutdown || battery_empty_;
  package_->drive(blocks_.die, decision.cooling_level.value_or(1.0));
  return decision;
}

std::string Device::guard_reason() const {
  return battery_empty_ ? "the battery is empty" : std::string(control_.guard_reason());
}

Device::StaticWatts Device::static_w(const sim::OperatingPoint& point, PowerState state) const {
  const StaticPower statics = power_.statics(point, state);
  StaticWatts watts{statics.clock_w, statics.uncore_w, {}};
  for (std::size_t b = 0; b < statics.leakage.size(); ++b)
    watts.leakage.push_back(statics.leakage_w(b, block_c(b)));
  return watts;
}

}  // namespace kiln::device
