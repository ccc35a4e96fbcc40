// SPDX-License-Identifier: MIT
// Voltage, frequency and refresh of the whole SoC at one instant.
#pragma once

namespace kiln::sim {

/// Always set as a whole. Each model first settles its work up to now at the old values, then plans the rest
/// at the new ones.
struct OperatingPoint {
  int level = 0;            ///< index into the SoC's operating-point table
  double frequency_hz = 0;  ///< NPU tiles, gradient SRAM and NoC domain
  double voltage_v = 0;
  double noc_frequency_hz = 0;
  double memory_clock_factor = 1;  ///< of the DRAM's nominal clock
  double refresh_rate = 1;         ///< multiple of the nominal refresh rate (1, 2, 4)

  bool operator==(const OperatingPoint&) const = default;
};

}  // namespace kiln::sim
