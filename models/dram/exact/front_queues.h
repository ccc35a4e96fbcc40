// SPDX-License-Identifier: MIT
// The read and the write queue in front of bank queues (`queue: two_stage`, the structure of DRAMsim3): one
// request a cycle moves on where its bank has room, writes in drains of as many as waited.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>

#include "dram/device.h"
#include "dram/dram_config.h"
#include "dram/request_queues.h"

namespace kiln::dram {

class FrontQueues {
 public:
  explicit FrontQueues(const ControllerConfig& config) : config_(config) {}

  void push(std::int32_t slot, bool write) {
    waiting_[write].push_back(slot);
    ++total_;
  }
  std::size_t size(bool write) const { return waiting_[write].size(); }
  bool empty() const { return total_ == 0; }
  /// No request follows: writes do not wait for a drain to be worth its while any more.
  void end_input() { input_ended_ = true; }
  /// What waits may stay until more requests come: writes too few for a drain.
  bool may_rest() const { return waiting_[0].empty() && waiting_[1].size() <= least_drain(); }

  /// Cycle in which a request moves into the bank queues `banks`, from `now` on.
  Cycle move_at(const RequestQueues& banks, Cycle now) const {
    return empty() ? kNeverCycle : next_move(banks, now);
  }
  /// The request that moves at `now` joins its bank's queue: its slot, or kNone.
  std::int32_t move(RequestQueues& banks, const Device& device, Cycle now);

 private:
  struct Place {
    bool write;
    std::size_t index;
  };
  std::size_t least_drain() const { return input_ended_ ? 0 : static_cast<std::size_t>(config_.eager_drain); }
  std::optional<Place> movable(const RequestQueues& banks) const;
  Cycle next_move(const RequestQueues& banks, Cycle now) const;

  const ControllerConfig& config_;
  std::array<std::deque<std::int32_t>, 2> waiting_;  ///< slots, by direction
  int total_ = 0;
  int draining_ = 0;  ///< writes left of a drain
  Cycle moved_at_ = -1;
  std::uint64_t moves_ = 0;
  bool input_ended_ = false;
};

}  // namespace kiln::dram
