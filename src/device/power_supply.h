// SPDX-License-Identifier: MIT
// What feeds the chip's rails and the board, and what it loses.
#pragma once

#include <optional>
#include <vector>

#include "pdn/delivery.h"
#include "power/board.h"
#include "soc/soc_config.h"

namespace kiln::device {

/// What the chip and its memory draw, in W, and the core's voltage.
struct RailLoad {
  double chip_w = 0;                ///< all of it
  double core_w = 0, memory_w = 0;  ///< of it: tiles, network and gradient SRAM; the memory device
  double core_v = 0;
};

/// The converters of soc.delivery; without them the efficiency curve of the board.
class PowerSupply {
 public:
  explicit PowerSupply(const soc::SocConfig& soc);

  /// Heat of the converters on the board, W.
  double heat_w(const RailLoad& load) const;
  /// What the supply gives: rails, losses and the board's own consumers, W.
  double input_w(const RailLoad& load) const;
  const std::optional<pdn::Delivery>& delivery() const { return delivery_; }
  /// By converter of `delivery`.
  std::vector<pdn::StageUse> stages(const RailLoad& load) const;

 private:
  power::BoardConfig board_;
  std::optional<pdn::Delivery> delivery_;
};

}  // namespace kiln::device
