// SPDX-License-Identifier: MIT
// A command that could be issued next.
#pragma once

#include <cstdint>

#include "dram/device.h"
#include "dram/request_queues.h"

namespace kiln::dram {

/// What goes first of commands that are ready together.
enum class Rank : std::int8_t { urgent = -1, owner, refresh, queue, filler, last };

/// The best of several is the least (order, rank, age).
struct Pick {
  Cycle at = kNeverCycle;     ///< first cycle it may be issued
  Cycle order = kNeverCycle;  ///< what it is compared by, see CommandBuses::order
  std::uint64_t age = 0;
  std::int32_t bank = kNone;
  std::int32_t slot = kNone;
  std::int32_t due = 0;  ///< refreshes: index of what is pending
  Rank rank = Rank::last;
  Command command = Command::read;

  bool operator<(const Pick& o) const {
    if (order != o.order) return order < o.order;
    return rank != o.rank ? rank < o.rank : age < o.age;
  }
  bool column() const { return command == Command::read || command == Command::write; }
};

}  // namespace kiln::dram
