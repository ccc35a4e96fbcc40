// SPDX-License-Identifier: MIT
// What a channel does with a command that was chosen: memory, queues and buses change, it is counted, its
// request goes on, and the scheduler is told.
#pragma once

#include <cstdint>
#include <vector>

#include "dram/exact/channel_state.h"
#include "dram/exact/check_accesses.h"
#include "dram/exact/pick.h"
#include "dram/exact/scheduler.h"

namespace kiln::dram {

class CommandIssuer {
 public:
  CommandIssuer(ChannelState& state, Scheduler& scheduler);

  void issue(const Pick& pick) { pick.column() ? issue_access(pick) : issue_row(pick); }
  /// Closes all rows from cycle `at` on; returns the first cycle after the precharges.
  Cycle close_rows(Cycle at);
  /// Cycle of the last access.
  Cycle last_access() const { return last_access_; }
  /// End of the last write's data on the bus.
  Cycle writes_end() const { return writes_end_; }

 private:
  enum class Drive : std::int8_t { nobody, controller, memory };

  void issue_row(const Pick& pick);
  void issue_activate(const Pick& pick);
  void issue_access(const Pick& pick);
  void issue_precharge(const Pick& pick);
  void issue_refresh(const Pick& pick);
  void issue_check_access(const Access& access, int sub, bool close);
  /// Column command of `access`, which auto-precharges if `close`.
  void issue_column(const Access& access, int sub, Cycle at, bool close, std::int32_t column);
  void answer(const RequestQueues::Slot& slot, Cycle at);
  /// The data bus of `sub` carries data in this direction.
  void drive_bus(int sub, bool write);

  ChannelState& state_;
  Scheduler& scheduler_;
  CheckAccesses check_accesses_;
  std::vector<Drive> bus_;  ///< who drove it last, by pseudo-channel; ranks share one
  bool release_at_activate_;
  Cycle path_cycles_;           ///< from the last beat to the completion
  Cycle wck_until_ = kLongAgo;  ///< LPDDR5: WCK is in step up to here
  Cycle last_access_ = 0;
  Cycle writes_end_ = 0;
};

}  // namespace kiln::dram
