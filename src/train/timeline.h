// SPDX-License-Identifier: MIT
// The device while a training goes on: steps replayed through power, heat and governor, epoch after epoch.
// Values do not change how long a step takes, so it is the same for all seeds.
#pragma once

#include <optional>
#include <vector>

#include "dram/dram_config.h"
#include "run/replay.h"

namespace kiln::train {

/// Of one epoch; temperatures are the highest in it.
struct DeviceEpoch {
  double steps = 0;
  double time_s = 0, busy_s = 0, throttled_s = 0;
  double energy_j = 0;                ///< what the supply gives: chip and memory, board, cooling
  double board_j = 0, cooling_j = 0;  ///< of it
  double hottest_c = -273.15, memory_c = -273.15, skin_c = -273.15;
  double frequency_hz = 0;  ///< mean
  double rate_factor = 1;   ///< of the learning rate, mean
  double voltage_v = 0;     ///< lowest
  /// Of the control period in which most DRAM cells failed.
  double refresh_interval_s = 0, retention_c = -273.15;
  /// Where supplies droop too far, means over steps: MACs of a step that come too late, share of the bits
  /// moved to and from memory that are wrong.
  double late_macs = 0, wrong_moved = 0;
  bool shut_down = false;            ///< it did not come to its end
  std::vector<double> peak_block_c;  ///< by block of the floorplan, of all epochs so far
};

class Timeline {
 public:
  /// All must outlive it. Hot: the device begins in its periodic steady state.
  Timeline(run::StepStore& steps, device::Device& device, const dram::DramConfig& memory, bool hot);

  /// Goes on for so many steps. A control period that an epoch ends in is shared out.
  DeviceEpoch advance(double steps);
  double heat_balance() const { return device_.heat().balance().relative(); }

 private:
  void note_retention(const device::PeriodRecord& period, DeviceEpoch& epoch) const;
  void note_supplies(double steps, DeviceEpoch& epoch) const;
  /// Adds a share of what happened between two moments.
  void add_share(const run::Observed& before, double share, DeviceEpoch& epoch) const;

  run::StepStore& steps_;
  device::Device& device_;
  const dram::DramConfig& memory_;
  std::optional<run::Replay> replay_;
  run::Observed all_;
  run::Observed last_;         ///< in front of the last period
  double period_board_j_ = 0;  ///< in the last period
  sim::OperatingPoint period_point_;
  double carried_ = 0;  ///< share of the last period that is still to be booked
};

}  // namespace kiln::train
