// SPDX-License-Identifier: MIT
// From counted activity to watts per floorplan block: the one place where blocks meet the power model.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "power/event_energy.h"
#include "power/static_power.h"
#include "sim/operating_point.h"
#include "soc/floorplan.h"
#include "soc/soc_config.h"
#include "stats/ledger.h"

namespace kiln::run {

/// Energy by what consumed it. Keys are those of summary.json's energy_by_component_j.
using ComponentEnergy = std::map<std::string, double>;

class ChipPower {
 public:
  ChipPower(const soc::SocConfig& soc, const soc::ChipPlan& plan);

  std::size_t blocks() const { return types_.size(); }
  /// Dynamic joules of a block's counted events at a core voltage.
  double dynamic_j(std::size_t block, const stats::Counts& counts, double voltage_v) const;
  double event_j(stats::ActivityKind kind, double voltage_v) const { return table_.event_j(kind, voltage_v); }
  /// Clock tree and (for the DRAM) nothing: power that does not depend on temperature.
  double clock_w(std::size_t block, const sim::OperatingPoint& point, power::PowerState state) const;
  double leakage_w(std::size_t block, const sim::OperatingPoint& point, power::PowerState state,
                   double temperature_c) const;
  /// Both: what a block draws whether or not it works.
  double static_w(std::size_t block, const sim::OperatingPoint& point, power::PowerState state,
                  double temperature_c) const {
    return clock_w(block, point, state) + leakage_w(block, point, state, temperature_c);
  }
  double leakage_slope_w_per_k(std::size_t block, const sim::OperatingPoint& point, power::PowerState state,
                               double temperature_c) const;
  power::BlockType type(std::size_t block) const { return types_[block]; }
  static const char* component(stats::ActivityKind kind);
  double voltage_of(std::size_t block, double core_v) const;

 private:
  power::TechConfig tech_;
  power::EnergyTable table_;
  std::vector<power::BlockType> types_;
  std::vector<double> area_m2_;
};

/// The tech table with the DRAM energies of the configured device: one source for them, models/dram.
power::TechConfig tech_with_memory(const soc::SocConfig& soc);

}  // namespace kiln::run
