// SPDX-License-Identifier: MIT
// Whether a bulk channel serves reads or writes next, and how many of them before it asks again.
#pragma once

#include <cstdint>

#include "dram/bulk/burst_queues.h"
#include "dram/patrol.h"

namespace kiln::dram {

class BusDirection {
 public:
  struct Choice {
    std::size_t direction;
    std::uint64_t most;   ///< accesses that may be served in a row
    bool yields = false;  ///< a read that arrives goes first
  };

  /// `units`: parts of the channel with batches of their own, which turn as one here.
  BusDirection(const ControllerConfig& config, std::uint64_t units) : config_(config), units_(units) {}

  std::size_t now() const { return direction_; }
  /// By the controller's policy, for the next visit at `at`.
  Choice choose(const BurstQueues& queues, const Patrol& patrol, Cycle at) const;
  void turn(std::size_t direction) {
    direction_ = direction;
    batch_ = 0;
  }
  void served(std::uint64_t accesses) { batch_ += accesses; }
  /// Reads and writes take turns by age, whatever the direction.
  bool by_age() const {
    return config_.direction == DirectionPolicy::interleaved || config_.direction == DirectionPolicy::grouped;
  }

 private:
  Choice choose_by_age(const BurstQueues& queues, const Patrol& patrol, Cycle at) const;
  Choice choose_by_marks(const BurstQueues& queues, const Patrol& patrol, Cycle at) const;

  const ControllerConfig& config_;
  std::uint64_t units_;
  std::size_t direction_ = kReads;
  std::uint64_t batch_ = 0;  ///< accesses served since the last turn
};

}  // namespace kiln::dram
