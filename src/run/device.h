// SPDX-License-Identifier: MIT
// The device around the chip's activity: power, heat, sensors, governor. Advances by control periods.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "governor/control.h"
#include "governor/sensor.h"
#include "run/chip_power.h"
#include "run/experiment.h"
#include "sim/operating_point.h"
#include "thermal/leakage.h"
#include "thermal/thermal_model.h"

namespace kiln::run {

/// One control period as it went by; also a row of the time series of a run.
struct PeriodRecord {
  double time_s = 0, dt_s = 0;
  double dynamic_j = 0, static_j = 0;
  double hottest_c = 0, memory_c = 0, skin_c = 0;
  int level = 0;
  double frequency_hz = 0, refresh_rate = 1;
  bool shut_down = false;
};

class Device {
 public:
  Device(const ExperimentConfig& experiment, const soc::ChipPlan& plan);

  const ChipPower& power() const { return power_; }
  const thermal::ThermalModel& thermal() const { return thermal_; }
  const std::vector<governor::OperatingPoint>& table() const { return table_; }
  double control_period_s() const { return control_.period_s(); }
  /// The operating point of a level with everything else nominal.
  sim::OperatingPoint point_of(int level) const;
  int top_level() const { return static_cast<int>(table_.size()) - 1; }

  /// Steady state under mean dynamic power (W per block) at an operating point, leakage in the loop.
  /// Throws thermal::ThermalRunaway naming the block.
  thermal::LeakageSteady steady(const std::vector<double>& dynamic_w, const sim::OperatingPoint& point,
                                power::PowerState state) const;
  /// Temperatures start here; sensors and governor start settled.
  void begin(thermal::State state);
  /// `dt_s` of device time with these dynamic joules per block. Static power follows block temperatures.
  PeriodRecord advance(double dt_s, const std::vector<double>& dynamic_j, const sim::OperatingPoint& point,
                       power::PowerState state);
  /// The governor's answer to what the sensors now read.
  governor::Decision decide(const PeriodRecord& period, double utilization);
  sim::OperatingPoint apply(const governor::Decision& decision) const;
  /// Time without a clock when moving between two points.
  double transition_s(const sim::OperatingPoint& from, const sim::OperatingPoint& to) const;

  const thermal::State& state() const { return state_; }
  double block_c(std::size_t block) const { return temperature_c_[block]; }
  std::size_t memory_block() const { return memory_block_; }
  std::vector<double> governor_state() const { return control_.state(); }
  void set_context(double compression_ratio, double frozen_fraction);
  double board_input_w(double chip_w) const { return power::input_power_w(board_, chip_w); }
  std::string guard_reason() const { return std::string(control_.guard_reason()); }

 private:
  void read_temperatures();

  double ambient_c_;
  power::BoardConfig board_;
  ChipPower power_;
  thermal::ThermalModel thermal_;
  thermal::LeakageLoop leakage_loop_;
  std::vector<governor::OperatingPoint> table_;
  governor::ControlLoop control_;
  governor::Transition transition_;
  std::vector<governor::Sensor> sensors_;
  std::vector<int> sensor_blocks_;
  std::size_t memory_block_;
  double noc_clock_ratio_;
  double compression_ratio_ = 1, frozen_fraction_ = 0;
  thermal::State state_;
  std::vector<double> temperature_c_;
  std::vector<double> readings_c_;
  double time_s_ = 0;
};

}  // namespace kiln::run
