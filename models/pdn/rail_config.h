// SPDX-License-Identifier: MIT
// One supply rail: regulator, board, package and die.
#pragma once

#include <string>
#include <vector>

#include "config/record.h"

namespace kiln::pdn {

/// Series branch towards the load, then a decoupling branch to ground.
struct StageConfig {
  std::string name;
  double inductance_h = 0.0;
  double resistance_ohm = 0.0;
  double capacitance_f = 0.0;
  double esr_ohm = 0.0;
};

/// Stages from the regulator (board) over the package to
/// the die. Defaults: VoltSpot's package and a 100 mm2 die.
struct RailConfig {
  double voltage_v = 0.8;      // set point without load; that of an operating point
  double load_line_ohm = 0.0;  // the regulator lowers its set point by this per ampere
  double noise_limit = 0.05;   // allowed droop as a share of the voltage
  std::vector<StageConfig> stages = {
      {"board", 50e-12, 0.2e-3, 1e-3, 0.5e-3},
      {"package", 3e-12, 0.015e-3, 26.4e-6, 0.5415e-3},
      {"die", 5e-12, 0.10e-3, 1.0e-6, 0.05e-3},
  };
};

const config::Record<StageConfig>& describe(const StageConfig*);
/// The rule about the field `stages` of a rail.
void check_stages(const std::vector<StageConfig>& stages, config::Checker& check);
const config::Record<RailConfig>& describe(const RailConfig*);

}  // namespace kiln::pdn
