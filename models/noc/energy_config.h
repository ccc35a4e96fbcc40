// SPDX-License-Identifier: MIT
// Configuration of the network's energy, area and wear.
#pragma once

#include "config/record.h"

namespace kiln::noc {

/// Energies per event at a reference voltage; counts come from the engines.
struct EnergyConfig {
  int flit_bytes = 16;      ///< flit width the energies below were taken at; they scale with the width
  int buffered_flits = 32;  ///< buffer size per port they were taken at
  double buffer_write_j = 2.06e-12;
  double buffer_read_j = 1.80e-12;
  double crossbar_j = 0.54e-12;
  double arbitration_j = 0.054e-12;
  double clock_j = 0.31e-12;
  double link_per_bit_mm_j = 0.0236e-12;
  double leakage_w = 16.0e-3;
  double router_area_m2 = 0.047e-6;
  double reference_voltage_v = 0.8;
  double reference_temperature_c = 66.85;
  double leakage_doubling_c = 25;
  double toggle_factor = 1;  ///< switching relative to random data
  double leakage_scale = 1;
};

/// Black's equation for the links' wires.
struct ElectromigrationConfig {
  double current_exponent = 2;
  double activation_energy_ev = 0.9;
};

const config::Record<EnergyConfig>& describe(const EnergyConfig*);
const config::Record<ElectromigrationConfig>& describe(const ElectromigrationConfig*);

}  // namespace kiln::noc
