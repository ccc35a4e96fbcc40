// SPDX-License-Identifier: MIT
// The command buses of a channel and the cycle whose commands are being chosen.
#pragma once

#include <algorithm>

#include "dram/device.h"
#include "dram/dram_config.h"

namespace kiln::dram {

class CommandBuses {
 public:
  explicit CommandBuses(const DramConfig& config)
      : separate_(config.timing.separate_buses), by_end_(config.controller.queue == QueueKind::bank) {}

  Cycle now() const { return now_; }
  /// HBM: row and column commands have buses of their own.
  bool separate() const { return separate_; }
  /// First cycle in which a row command, and in which a column command, can still be issued.
  Cycle row_floor() const { return std::max(undecided_, row_free_); }
  Cycle column_floor() const { return std::max(undecided_, separate_ ? column_free_ : row_free_); }
  Cycle column_free() const { return column_free_; }
  Cycle all_free() const { return std::max(row_free_, column_free_); }
  /// What commands are compared by: their first cycle, with bank queues the cycle after their last.
  Cycle order(Cycle at, Cycle length) const { return by_end_ ? at + length : at; }

  void take_row(Cycle at, Cycle length) { row_free_ = at + length; }
  void take_column(Cycle at, Cycle length) { (separate_ ? column_free_ : row_free_) = at + length; }
  void hold_rows(Cycle until) { row_free_ = std::max(row_free_, until); }

  void go_to(Cycle at) {
    now_ = at;
    undecided_ = std::max(undecided_, at);
  }
  /// The commands of cycle `at` are chosen. With bank queues a cycle is looked at again after a command, as
  /// DRAMSys does: its controllerMethod ends by notifying itself for the next command that can go, of this
  /// very time too.
  void done_with(Cycle at) {
    if (!by_end_) undecided_ = at + 1;
  }

 private:
  bool separate_, by_end_;
  Cycle now_ = 0;
  Cycle undecided_ = 0;  ///< first cycle whose commands are not chosen yet: now_ or the one after
  Cycle row_free_ = 0, column_free_ = 0;
};

}  // namespace kiln::dram
