// SPDX-License-Identifier: MIT
// A stretch of work on its way through the device, and what a control period of the device was like.
#pragma once

#include <optional>

#include "workload/step_graph.h"

namespace kiln::device {

/// Work and time of a stretch before power and heat are known.
struct Stretch {
  double dt_s = 0;
  double busy_s = 0;                          ///< with a step running; the rest is gated
  double steps = 0;                           ///< done in it, in fractions
  double utilization = 0;                     ///< share of it that arrays or vector units computed
  double queue_share = 0;                     ///< of the write queues, in use at its end
  std::optional<workload::Phase> phase = {};  ///< at its end; empty between steps
};

/// One control period as it went by. Several merge into one row of the time series.
struct PeriodRecord {
  double time_s = 0, dt_s = 0;
  double busy_s = 0;  ///< of dt_s, with a step running
  double steps = 0;   ///< done in it, in fractions
  double dynamic_j = 0, static_j = 0, cooling_j = 0;
  double idle_j = 0;            ///< of static_j, while no step ran
  double refresh_raised_s = 0;  ///< with the memory refreshed more often than when it is cold
  double hottest_c = 0;         ///< highest mean of a block of chip or memory
  double memory_c = 0, skin_c = 0, ambient_c = 0;
  int level = 0;
  double frequency_hz = 0, refresh_rate = 1;
  double core_power_w = 0, memory_power_w = 0;  ///< of tiles, network and gradient SRAM; of the device
  double cooling_drive = 1;                     ///< of fan, pump or thermoelectric current

  double power_w() const { return (dynamic_j + static_j) / dt_s; }
  /// Appends what followed: energies add, frequencies average over time, of temperatures the highest stays.
  void merge(const PeriodRecord& next);
};

}  // namespace kiln::device
