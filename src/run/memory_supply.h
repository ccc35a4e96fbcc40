// SPDX-License-Identifier: MIT
// What a step asks of the memory's rail, command by command, and what its droop does to the data.
#pragma once

#include <optional>
#include <vector>

#include "device/chip_power.h"
#include "pdn/ride_through.h"
#include "soc/soc_config.h"
#include "soc/step_record.h"

namespace kiln::run {

struct MemorySupply {
  double rise_a = 0;       ///< largest, of commands that begin together
  pdn::Droop droop;        ///< `wrong_share` is of the bits that cross the interface
  double trained_v = 0;    ///< of the step's mean current: slow changes are followed by training
  double shift_ui = 0;     ///< of data against its strobe, at worst while some is moved
  double clock_share = 1;  ///< of the clock that was asked for, at which it was trained
};

/// Current of the memory device over the part of the step that was simulated: each command's joules while
/// they flow, standby all the time, at the nominal voltage of the standard. Work is in bits moved.
std::vector<pdn::LoadChange> memory_load(const soc::SocConfig& soc, const soc::StepRecord& record,
                                         const device::ChipPower& power, const sim::OperatingPoint& point);

/// Empty for a memory without a rail, or a step that does not use it.
std::optional<MemorySupply> memory_supply(const soc::SocConfig& soc, const soc::StepRecord& record,
                                          const device::ChipPower& power, const sim::OperatingPoint& point);

/// The highest share of the memory's clock at which the eye stays clean, as training looks for it: droops
/// fall with the clock, and a bit lasts longer.
class ClockTraining {
 public:
  explicit ClockTraining(double clean_ui) : clean_ui_(clean_ui) {}

  /// Data shifts as far as this at a share of the clock. Returns the share to try next; nothing when that
  /// would not be worth it.
  std::optional<double> next(double share, double shift_ui);

 private:
  struct Tried {
    double share = 0, shift_ui = 0;
  };
  double clean_ui_;
  std::optional<Tried> clean_, too_fast_;
  int tries_ = 0;
};

}  // namespace kiln::run
