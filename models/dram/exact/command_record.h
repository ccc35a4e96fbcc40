// SPDX-License-Identifier: MIT
// What a channel issued: counted, and told to whoever listens.
#pragma once

#include "dram/device.h"
#include "dram/energy.h"

namespace kiln::dram {

/// Receives every command in order of issue.
class CommandSink {
 public:
  virtual ~CommandSink() = default;
  /// `bank` is the channel-wide bank, -1 for commands to all banks of `sub`.
  virtual void on_command(Cycle at, Command command, int sub, int bank, int row, int column) = 0;
};

struct CommandRecord {
  CommandCounts counts;
  std::uint64_t bus_turns = 0;  ///< of a data bus, from reads to writes or back
  CommandSink* sink = nullptr;

  void emit(Cycle at, Command command, int sub, int bank, std::int32_t row = -1,
            std::int32_t column = -1) const {
    if (sink != nullptr) sink->on_command(at, command, sub, bank, row, column);
  }
  std::uint64_t refreshes() const { return counts.refreshes_all_bank + counts.refreshes_per_bank; }
};

}  // namespace kiln::dram
