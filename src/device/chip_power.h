// SPDX-License-Identifier: MIT
// From counted activity to watts per floorplan block: the one place where blocks meet the power model.
#pragma once

#include <vector>

#include "power/event_energy.h"
#include "power/static_power.h"
#include "sim/operating_point.h"
#include "soc/floorplan.h"
#include "soc/soc_config.h"
#include "stats/ledger.h"

namespace kiln::device {

/// What every block draws whether or not it works, at one operating point.
struct StaticPower {
  std::vector<double> clock_w;                  ///< clock tree (none in a DRAM): independent of temperature
  std::vector<double> uncore_w;                 ///< PLLs, idle PHYs, always-on: as well
  std::vector<power::FollowedLeakage> leakage;  ///< of a DRAM: its standby power
  double block_w(std::size_t block, double temperature_c) {
    return clock_w[block] + uncore_w[block] + leakage[block].power_w(temperature_c);
  }
  /// Clock tree, and leakage at the temperature that its law is given for.
  double at_reference_w(std::size_t block) const {
    return clock_w[block] + leakage_w(block, leakage[block].law().reference_c);
  }
  double leakage_w(std::size_t block, double temperature_c) const {
    return leakage[block].law().power_w(temperature_c);
  }
};

class ChipPower {
 public:
  ChipPower(const soc::SocConfig& soc, const soc::ChipPlan& plan);

  std::size_t blocks() const { return types_.size(); }
  /// Dynamic joules of a block's counted events at a core voltage.
  double dynamic_j(std::size_t block, const stats::Counts& counts, double voltage_v) const;
  const power::EnergyTable& events() const { return table_; }
  double nominal_voltage_v() const { return tech_.nominal_voltage_v; }
  double event_j(stats::ActivityKind kind, double voltage_v) const { return table_.event_j(kind, voltage_v); }
  /// Of a chip at work, between steps (each domain in its idle state), or switched off.
  StaticPower statics(const sim::OperatingPoint& point, power::PowerState state) const;
  power::BlockType type(std::size_t block) const { return types_[block]; }
  /// A tile, the network or gradient SRAM: what the core's rail feeds in every chip.
  bool is_core(std::size_t block) const;
  /// Tiles, network and gradient SRAM follow the core, the SRAM not below its floor; others as soc.domains
  /// says.
  double voltage_of(std::size_t block, double core_v) const;

 private:
  soc::DomainConfig domain(std::size_t block) const;
  bool follows_core(std::size_t block) const;
  /// What the clock of a block's logic ticks at.
  double clock_hz(std::size_t block, const sim::OperatingPoint& point) const;
  /// Refreshes of a memory that stays awake between steps. While a step runs they are counted one by one, and
  /// self-refresh is in its standby.
  double idle_refresh_w(std::size_t block, double refresh_rate, power::PowerState state) const;
  /// Idle PHYs of a memory port, PLLs and the always-on domain beside the host.
  double uncore_w(std::size_t block, power::PowerState state) const;

  power::TechConfig tech_;
  power::EnergyTable table_;
  std::vector<power::BlockType> types_;
  std::vector<power::BlockArea> areas_;
  soc::DomainsConfig domains_;
  soc::UncoreConfig uncore_;
  double sram_floor_v_, top_hz_, host_hz_, memory_hz_;
  double phy_standby_w_;  ///< of one memory port
  double refresh_w_;      ///< of the memory, awake, at one refresh per tREFI
};

/// The tech table with the DRAM energies of the configured device: one source for them, models/dram.
power::TechConfig tech_with_memory(const soc::SocConfig& soc);

}  // namespace kiln::device
