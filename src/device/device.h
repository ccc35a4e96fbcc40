// SPDX-License-Identifier: MIT
// The device around the chip's activity: power, heat,
// sensors, governor, battery. Advances by control periods.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "device/chip_power.h"
#include "device/heated_package.h"
#include "device/period.h"
#include "device/power_supply.h"
#include "dram/retention.h"
#include "experiment/experiment.h"
#include "governor/control.h"
#include "governor/sensor.h"
#include "pdn/battery.h"
#include "sim/operating_point.h"

namespace kiln::device {

/// The chip's operating points with every voltage filled in. Throws ConfigError where the node cannot give
/// one.
std::vector<governor::OperatingPoint> opp_table(const soc::SocConfig& soc);

class Device {
 public:
  /// Throws ConfigError, naming the keys, where the parts do not fit together.
  Device(const experiment::ExperimentConfig& experiment, const soc::ChipPlan& plan,
         const base::Watch& watch = {});
  /// A die of a package with others, whose blocks are those of `plan`. What moves the heat of all, `advance`,
  /// `rest`, `steady`, `settle` and `leap`, is not for it.
  Device(const experiment::ExperimentConfig& experiment, const soc::ChipPlan& plan,
         std::shared_ptr<HeatedPackage> package, std::size_t die);

  const ChipPower& power() const { return power_; }
  HeatedPackage& package() { return *package_; }
  /// Of the package, with other dies' blocks if it has some.
  Heat& heat() { return package_->heat(); }
  const Heat& heat() const { return package_->heat(); }
  const std::vector<governor::OperatingPoint>& table() const { return table_; }
  double control_period_s() const { return control_.period_s(); }
  /// Between two decisions of its slowest policy.
  double slowest_policy_s() const { return control_.longest_period_s(); }
  /// The operating point of a level with everything else nominal.
  sim::OperatingPoint point_of(int level) const;
  int top_level() const { return static_cast<int>(table_.size()) - 1; }
  sim::OperatingPoint top_point() const { return point_of(top_level()); }
  sim::OperatingPoint slowest_point() const { return point_of(0); }
  /// Below the highest level, or with memory slowed.
  bool is_throttled(const sim::OperatingPoint& point) const {
    return point.level < top_level() || point.memory_clock_factor < point_of(point.level).memory_clock_factor;
  }

  /// Full thermal state that stays under mean dynamic power (W per block) at an operating point, busy for a
  /// share of the time and clock-gated for the rest. Throws thermal::ThermalRunaway naming the block.
  thermal::State steady(const std::vector<double>& dynamic_w, const sim::OperatingPoint& point,
                        double busy_share);
  /// From now on the battery is not discharged, as a steady state needs.
  void hold_battery() { battery_held_ = true; }
  /// Temperatures start here; sensors, governor and battery start anew.
  void begin(thermal::State full_state);
  /// Sets new temperatures and lets sensors settle at them; governor and battery keep their state.
  void settle(thermal::State full_state);
  /// Lets `dt_s` pass under the mean powers of the blocks since Heat::restart_mean, as if sensors and
  /// policies had stood still meanwhile.
  void leap(double dt_s);
  /// On to the steady state of those powers, in the same way.
  void leap_to_end();
  /// From cold: all of it at the temperature that it starts with, which is the room's unless configured.
  void begin_from_cold();
  /// Moves on by a stretch with these dynamic joules per block. Static power follows block temperatures.
  PeriodRecord advance(const Stretch& stretch, const std::vector<double>& dynamic_j,
                       const sim::OperatingPoint& point);
  /// As `advance` with the chip switched off: it draws only the leakage of its power-gated blocks, and behind
  /// an empty battery nothing.
  PeriodRecord rest(double dt_s, const sim::OperatingPoint& point);
  /// The first half of `advance` or, without a stretch, of `rest`: what each block draws, in W, with the heat
  /// of the regulators in theirs. All dies have drawn when HeatedPackage::warm is called.
  std::span<const double> draw(const Stretch& stretch, const std::vector<double>& dynamic_j,
                               const sim::OperatingPoint& point);
  std::span<const double> draw_off(double dt_s, const sim::OperatingPoint& point);
  /// The second half: time has passed, and this die's share of the cooling drew so much.
  PeriodRecord end_period(double cooling_j);
  /// The governor's answer to what the sensors now read; drives the cooling as it says, and refreshes the
  /// memory as its temperature asks.
  governor::Decision decide(const PeriodRecord& period, const Stretch& stretch);
  sim::OperatingPoint apply(const governor::Decision& decision) const;
  /// Time without a clock when moving between two points.
  double transition_s(const sim::OperatingPoint& from, const sim::OperatingPoint& to) const;

  /// Of its own blocks.
  std::span<const double> block_c() const { return heat().block_c().subspan(blocks_.first, blocks_.count); }
  double block_c(std::size_t block) const { return block_c()[block]; }
  /// Static power by block in the present state of heat.
  struct StaticWatts {
    std::vector<double> clock, uncore, leakage;  ///< of a DRAM: its standby is `leakage`
    double of(std::size_t block) const { return clock[block] + uncore[block] + leakage[block]; }
  };
  StaticWatts static_w(const sim::OperatingPoint& point,
                       power::PowerState state = power::PowerState::active) const;
  /// Heat of the regulators in their block; 0 if the package has none.
  double regulator_w(const RailLoad& load) const { return regulator_block_ < 0 ? 0 : supply_.heat_w(load); }
  int regulator_block() const { return regulator_block_; }
  /// What the rails carry when blocks draw this.
  RailLoad rail_load(std::span<const double> block_w, const sim::OperatingPoint& point) const;
  /// What they carried in a period, on average.
  RailLoad rail_load(const PeriodRecord& period) const;
  const PowerSupply& supply() const { return supply_; }
  /// What the supply gave in the last period besides what chip and memory drew: converters and the board's
  /// own consumers, J; 0 behind an empty battery or while it is off.
  double board_j(const PeriodRecord& last) const;
  const std::optional<pdn::Battery>& battery() const { return battery_; }
  /// What else hangs on the supply from now on: a load besides the board, and a source (charger, harvester)
  /// that feeds both and charges the battery with what is left. Without a battery the source is not looked
  /// at.
  void set_outside(double load_w, double source_w) {
    outside_load_w_ = load_w;
    outside_source_w_ = source_w;
  }
  /// A battery that was empty gives again when it is charged to this share.
  void restart_battery_at(double state_of_charge) { restart_charge_ = state_of_charge; }
  /// It hangs on a battery that others hang on, too: what that shows at the end of a period, in front of
  /// `decide`. Of a device without one of its own.
  void tell_battery(double state_of_charge, bool empty) {
    shared_charge_ = state_of_charge;
    battery_empty_ = empty;
  }
  /// Of the last period: everything that hung on the supply, in W. 0 behind an empty battery.
  double drawn_w() const { return drawn_w_; }
  void set_context(double compression_ratio, double frozen_fraction);
  std::string guard_reason() const;
  bool battery_empty() const { return battery_empty_; }
  /// Policies that never asked for anything, by name.
  std::vector<std::string> idle_policies() const { return control_.idle_policies(); }
  /// Events that have come to pass since it began.
  const std::vector<MetEvent>& met_events() const { return package_->timeline().met(); }

 private:
  struct Statics {
    StaticPower active, gated, off;
  };
  Statics& statics(const sim::OperatingPoint& point);
  void settle_sensors();
  void take_jump();
  void draw_with(double dt_s, const sim::OperatingPoint& point);
  PeriodRecord warmed();
  void exchange_with_battery(double dt_s);
  double sensed_c(int place) const;

  PowerSupply supply_;
  ChipPower power_;
  std::shared_ptr<HeatedPackage> package_;  ///< its own, or shared with other dies
  DieBlocks blocks_;                        ///< of it, this chip's
  std::vector<governor::OperatingPoint> table_;
  governor::ControlLoop control_;
  dram::RefreshGovernor refresh_;
  double nominal_refresh_;  ///< rate of a cold memory
  governor::Transition transition_;
  std::vector<governor::SensorConfig> sensor_configs_;
  std::vector<governor::Sensor> sensors_;
  std::vector<int> sensor_places_;  ///< floorplan block, or one of the outer thermometers
  std::size_t memory_block_;
  int regulator_block_;
  double noc_clock_ratio_;
  bool memory_follows_core_;
  double initial_charge_;
  std::optional<pdn::BatteryConfig> battery_config_;
  std::optional<pdn::Battery> battery_;
  double compression_ratio_ = 1, frozen_fraction_ = 0;
  std::map<std::pair<int, double>, Statics> statics_;  ///< by level and refresh rate
  std::vector<double> static_w_, power_w_, readings_c_;
  PeriodRecord drawn_;                     ///< of the present period, what is known before heat moved on
  RailLoad load_;                          ///< in it
  std::array<double, 2> actor_power_w_{};  ///< chip, memory
  bool battery_empty_ = false, battery_held_ = false;
  double outside_load_w_ = 0, outside_source_w_ = 0, drawn_w_ = 0;
  std::optional<double> shared_charge_;  ///< of a battery that feeds others, too
  double restart_charge_ = 2;            ///< above 1: an empty one stays empty
  double time_s_ = 0;
};

}  // namespace kiln::device
