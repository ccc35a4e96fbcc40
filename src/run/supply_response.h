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
};

/// A point whose core clock has lost a share of its cycles.
sim::OperatingPoint stretched(sim::OperatingPoint point, double lost_share);

/// Current of tiles, network and gradient SRAM over the step: each task's joules while it computes; what else
/// those blocks do, spread over the step; clocks and leakage (at the reference temperature) all the time.
std::vector<pdn::LoadChange> core_load(const soc::SocConfig& soc, const lowering::LoweredStep& step,
                                       const soc::StepRecord& record, const device::ChipPower& power,
                                       const sim::OperatingPoint& point);

/// Empty for a chip without a rail. `step` is what the record is of.
std::optional<SupplyResponse> supply_response(const soc::SocConfig& soc, const lowering::LoweredStep& step,
                                              const soc::StepRecord& record, const device::ChipPower& power,
                                              const sim::OperatingPoint& point);

}  // namespace kiln::run
