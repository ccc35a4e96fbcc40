// SPDX-License-Identifier: MIT
// FR-FCFS among all requests, whatever their direction (`direction: interleaved`, and with bank queues), or
// row hits in the direction of the last access first (`grouped`, DRAMSys's FR-FCFS Grp).
#pragma once

#include "dram/exact/fr_fcfs.h"

namespace kiln::dram {

class FrFcfsByAge final : public FrFcfs {
 public:
  explicit FrFcfsByAge(const ChannelState& state)
      : FrFcfs(state, false), grouped_(state.config.controller.direction == DirectionPolicy::grouped) {}

  void served(const ServedAccess& served) override;

 private:
  void add_columns(Pick& best) override;
  void add_rows(Pick& best) override;
  std::int32_t hit(int bank) const;

  bool grouped_;
  bool last_write_ = false;  ///< direction of the last access
};

}  // namespace kiln::dram
