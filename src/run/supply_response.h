// SPDX-License-Identifier: MIT
// What a step asks of the core's rail, task by task, and how far the voltage gives way.
#pragma once

#include <optional>
#include <vector>

#include "device/chip_power.h"
#include "lowering/program.h"
#include "pdn/ride_through.h"
#include "soc/soc_config.h"
#include "soc/step_record.h"

namespace kiln::run {

struct SupplyResponse {
  double rise_a = 0;                            ///< largest, of tasks that start together
  pdn::Droop droop;                             ///< with a clock that does not answer
  std::optional<pdn::StretchReport> stretched;  ///< with one that does; absent without one

  /// Of the step's cycles, to a stretched clock.
  double lost_share() const { return stretched ? stretched->lost_share : 0; }
  /// Of the voltage, missing at worst while the clock is not stretched: what its margin has to cover.
  double noise_share(double voltage_v) const {
    return stretched ? stretched->guard_band_v / voltage_v : droop.share;
  }
  /// Of the step's MACs, whose result comes too late while the voltage is below what the clock needs.
  double late_share() const { return stretched ? stretched->wrong_share : droop.wrong_share; }
};

/// A point whose core clock has lost a share of its cycles.
sim::OperatingPoint stretched(sim::OperatingPoint point, double lost_share);

/// Current of tiles, network and gradient SRAM over the step: each task's joules while it computes; what else
/// those blocks do, spread over the step; clocks and leakage (at the reference temperature) all the time.
std::vector<pdn::LoadChange> core_load(const soc::SocConfig& soc, const lowering::LoweredStep& step,
                                       const soc::StepRecord& record, const device::ChipPower& power,
                                       const sim::OperatingPoint& point);

/// The worst that a program can ask at once: on every tile the task of most watts starts, as soon as its turn
/// comes (`soc.start_stagger`), on an idle chip.
std::vector<pdn::LoadChange> heaviest_load(const soc::SocConfig& soc, const lowering::LoweredStep& step,
                                           const device::ChipPower& power, const sim::OperatingPoint& point);

/// What the rail of the chip, which must have one, makes of a load until `end_s`.
SupplyResponse rail_response(const soc::SocConfig& soc, const std::vector<pdn::LoadChange>& load,
                             double end_s, double voltage_v);

/// Empty for a chip without a rail. `step` is what the record is of.
std::optional<SupplyResponse> supply_response(const soc::SocConfig& soc, const lowering::LoweredStep& step,
                                              const soc::StepRecord& record, const device::ChipPower& power,
                                              const sim::OperatingPoint& point);

}  // namespace kiln::run
