// SPDX-License-Identifier: MIT
#include "run/device.h"

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "base/text.h"
#include "power/speed.h"

namespace kiln::run {

namespace {

std::vector<governor::OperatingPoint> opp_table(const soc::SocConfig& soc) {
  return governor::make_opp_table(soc.operating_points,
                                  [&](double hz) { return power::required_voltage_v(soc.tech, hz); });
}

int block_index(const thermal::Floorplan& floorplan, const std::string& name) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < floorplan.blocks.size(); ++i) {
    if (floorplan.blocks[i].name == name) return static_cast<int>(i);
    names.push_back(floorplan.blocks[i].name);
  }
  throw base::ConfigError(
      {}, "soc.sensors",
      fmt::format("no floorplan block is called '{}'{}", name, base::suggestion(name, names)));
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

Device::Device(const ExperimentConfig& experiment, const soc::ChipPlan& plan)
    : ambient_c_(experiment.environment.ambient_c),
      board_(experiment.soc.board),
      power_(experiment.soc, plan),
      thermal_(experiment.soc.package, plan.floorplan, experiment.environment.ambient_c),
      leakage_loop_(thermal_),
      table_(opp_table(experiment.soc)),
      control_(experiment.governor, table_),
      transition_(experiment.governor.transition),
      memory_block_(static_cast<std::size_t>(plan.memory_block)),
      noc_clock_ratio_(experiment.soc.noc_clock_ratio) {
  for (const governor::SensorConfig& sensor : expanded_sensors(experiment.soc)) {
    sensors_.emplace_back(sensor);
    sensor_blocks_.push_back(block_index(plan.floorplan, sensor.block));
  }
  temperature_c_.assign(plan.floorplan.blocks.size(), ambient_c_);
  begin(thermal_.ambient_state());
}

sim::OperatingPoint Device::point_of(int level) const {
  const governor::OperatingPoint& opp = table_.at(static_cast<std::size_t>(level));
  return {level, opp.frequency_hz, opp.voltage_v, opp.frequency_hz * noc_clock_ratio_, 1.0, 1.0};
}

sim::OperatingPoint Device::apply(const governor::Decision& decision) const {
  sim::OperatingPoint point = point_of(decision.level);
  point.memory_clock_factor = decision.hbm_frequency_factor;
  point.refresh_rate = decision.refresh_rate;
  return point;
}

double Device::transition_s(const sim::OperatingPoint& from, const sim::OperatingPoint& to) const {
  return transition_.plan({from.frequency_hz, from.voltage_v}, {to.frequency_hz, to.voltage_v}).stopped_s();
}

thermal::LeakageSteady Device::steady(const std::vector<double>& dynamic_w, const sim::OperatingPoint& point,
                                      power::PowerState state) const {
  std::vector<double> fixed = dynamic_w;
  for (std::size_t b = 0; b < fixed.size(); ++b) fixed[b] += power_.clock_w(b, point, state);
  return leakage_loop_.steady(fixed, [&](int block, double temperature_c) {
    return power_.leakage_w(static_cast<std::size_t>(block), point, state, temperature_c);
  });
}

void Device::read_temperatures() {
  for (std::size_t b = 0; b < temperature_c_.size(); ++b)
    temperature_c_[b] = thermal_.block_mean_c(state_, static_cast<int>(b));
}

void Device::begin(thermal::State state) {
  state_ = std::move(state);
  time_s_ = 0;
  control_.reset();
  read_temperatures();
  readings_c_.clear();
  for (std::size_t i = 0; i < sensors_.size(); ++i)
    readings_c_.push_back(sensors_[i].sample(temperature_c_[static_cast<std::size_t>(sensor_blocks_[i])], 0));
}

PeriodRecord Device::advance(double dt_s, const std::vector<double>& dynamic_j,
                             const sim::OperatingPoint& point, power::PowerState state) {
  PeriodRecord period;
  period.dt_s = dt_s;
  std::vector<double> power_w(dynamic_j.size());
  for (std::size_t b = 0; b < power_w.size(); ++b) {
    const double fixed_w = power_.static_w(b, point, state, temperature_c_[b]);
    period.static_j += fixed_w * dt_s;
    period.dynamic_j += dynamic_j[b];
    power_w[b] = dynamic_j[b] / dt_s + fixed_w;
  }
  thermal_.step(state_, dt_s, power_w);
  read_temperatures();
  for (std::size_t i = 0; i < sensors_.size(); ++i)
    readings_c_[i] = sensors_[i].sample(temperature_c_[static_cast<std::size_t>(sensor_blocks_[i])], dt_s);
  time_s_ += dt_s;
  period.time_s = time_s_;
  period.hottest_c = thermal_.max_cell_c(state_);
  period.memory_c = temperature_c_[memory_block_];
  period.skin_c = thermal_.has_probe(thermal::Probe::skin) ? thermal_.probe_c(state_, thermal::Probe::skin)
                                                           : std::numeric_limits<double>::quiet_NaN();
  period.level = point.level;
  period.frequency_hz = point.frequency_hz;
  period.refresh_rate = point.refresh_rate;
  return period;
}

void Device::set_context(double compression_ratio, double frozen_fraction) {
  compression_ratio_ = compression_ratio;
  frozen_fraction_ = frozen_fraction;
}

governor::Decision Device::decide(const PeriodRecord& period, double utilization) {
  governor::Observation seen;
  seen.time_s = time_s_;
  seen.period_s = period.dt_s;
  seen.ambient_c = ambient_c_;
  seen.sensor_c = readings_c_;
  seen.skin_c = period.skin_c;
  if (thermal_.has_probe(thermal::Probe::board))
    seen.board_c = thermal_.probe_c(state_, thermal::Probe::board);
  seen.hbm_c = period.memory_c;
  seen.power_w = (period.dynamic_j + period.static_j) / period.dt_s;
  seen.current_level = period.level;
  seen.utilization = utilization;
  seen.compression_ratio = compression_ratio_;
  seen.frozen_fraction = frozen_fraction_;
  return control_.step(seen);
}

}  // namespace kiln::run
