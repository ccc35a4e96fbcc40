// SPDX-License-Identifier: MIT
#include "power/board.h"

#include <cmath>

#include "base/error.h"

namespace kiln::power {

double regulator_side_m(const BoardConfig& board) {
  constexpr double kArea_m2_per_w = 5e-6;
  return board.regulator_side_m.value_or(std::sqrt(kArea_m2_per_w * board.rated_power_w));
}

double regulator_efficiency(const BoardConfig& board, double output_w) {
  const auto& points = board.efficiency;
  KILN_CHECK(!points.empty(), "board: the regulator efficiency curve is empty");
  const double share = output_w / board.rated_power_w;
  if (share <= points.front().load_share) return points.front().efficiency;
  for (std::size_t i = 1; i < points.size(); ++i) {
    if (share > points[i].load_share) continue;
    const double position =
        (share - points[i - 1].load_share) / (points[i].load_share - points[i - 1].load_share);
    return points[i - 1].efficiency + position * (points[i].efficiency - points[i - 1].efficiency);
  }
  return points.back().efficiency;
}

double regulator_loss_w(const BoardConfig& board, double output_w) {
  return output_w * (1 / regulator_efficiency(board, output_w) - 1) + board.quiescent_w;
}

double input_power_w(const BoardConfig& board, double output_w) {
  return output_w + regulator_loss_w(board, output_w) + board.constant_power_w;
}

}  // namespace kiln::power
