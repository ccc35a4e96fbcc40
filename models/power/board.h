// SPDX-License-Identifier: MIT
// Between the SoC's rails and the battery or adapter:
// power-management losses and what the board always draws.
#pragma once

#include <optional>
#include <vector>

#include "config/record.h"

namespace kiln::power {

/// One point of the regulators' efficiency curve.
struct EfficiencyPointConfig {
  double load_share = 0;  ///< output power / rated output power
  double efficiency = 0;
};

struct BoardConfig {
  double rated_power_w = 20;  ///< output power the regulators are sized for
  std::vector<EfficiencyPointConfig> efficiency = {{0.02, 0.60}, {0.05, 0.70}, {0.10, 0.80},
                                                   {0.30, 0.89}, {0.60, 0.90}, {1.00, 0.87}};
  double constant_power_w = 0.8;  ///< oscillators, flash, thermistors, pull-ups, link standby
  /// Side of the square on the board that they heat; absent: as large as `rated_power` asks for.
  std::optional<double> regulator_side_m;
  double quiescent_w = 0.01;  ///< the regulators' own draw at no load
  double regulator_limit_c = 125;
};

const config::Record<EfficiencyPointConfig>& describe(const EfficiencyPointConfig*);
const config::Record<BoardConfig>& describe(const BoardConfig*);

double regulator_side_m(const BoardConfig& board);
/// Efficiency at this output power: linear between points, flat outside them.
double regulator_efficiency(const BoardConfig& board, double output_w);
/// Heat in the regulators: output (1/eta - 1) plus their quiescent draw.
double regulator_loss_w(const BoardConfig& board, double output_w);
/// What the source delivers: rails, losses and the board's own consumers.
double input_power_w(const BoardConfig& board, double output_w);

}  // namespace kiln::power
