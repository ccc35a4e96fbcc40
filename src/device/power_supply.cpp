// SPDX-License-Identifier: MIT
#include "device/power_supply.h"

namespace kiln::device {

PowerSupply::PowerSupply(const soc::SocConfig& soc) : board_(soc.board) {
  if (soc.delivery) delivery_.emplace(*soc.delivery);
}

std::vector<pdn::StageUse> PowerSupply::stages(const RailLoad& load) const {
  return delivery_->deliver({.core_w = load.core_w,
                             .memory_w = load.memory_w,
                             .other_w = load.chip_w - load.core_w - load.memory_w,
                             .board_w = board_.constant_power_w},
                            load.core_v);
}

double PowerSupply::heat_w(const RailLoad& load) const {
  if (!delivery_) return power::regulator_loss_w(board_, load.chip_w);
  double watts = 0;
  const std::vector<pdn::StageUse> stages = this->stages(load);
  for (std::size_t i = 0; i < stages.size(); ++i)
    if (delivery_->config().regulators[i].on_board) watts += stages[i].loss_w;
  return watts;
}

double PowerSupply::input_w(const RailLoad& load) const {
  if (!delivery_) return power::input_power_w(board_, load.chip_w);
  return delivery_->input_w(stages(load));
}

}  // namespace kiln::device
