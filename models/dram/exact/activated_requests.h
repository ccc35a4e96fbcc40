// SPDX-License-Identifier: MIT
// Requests that left their queue with their activate (`slot_release: activate`): the row of their bank is
// theirs until their access. And the activate of LPDDR5 whose second step is due.
#pragma once

#include <cstdint>
#include <vector>

#include "dram/device.h"
#include "dram/request_queues.h"

namespace kiln::dram {

class ActivatedRequests {
 public:
  struct SecondStep {
    int bank = kNone;
    std::int32_t slot = kNone;
    Cycle issued = 0, deadline = 0;
  };

  ActivatedRequests(int subs, int banks)
      : owner_(static_cast<std::size_t>(banks), kNone), in_(static_cast<std::size_t>(subs), 0) {}

  /// No row has an owner.
  bool empty() const { return size_ == 0; }
  int size() const { return size_; }
  /// The request that owns the row of a bank, or kNone.
  std::int32_t owner(int bank) const { return owner_[static_cast<std::size_t>(bank)]; }
  /// A row of the bank, or of some bank of the sub-channel, is or is about to be a request's own.
  bool holds(int bank) const { return owner(bank) != kNone || second_step_.bank == bank; }
  bool holds_in(int sub) const { return in_[static_cast<std::size_t>(sub)] > 0; }

  void leave_queue(int sub) { ++in_[static_cast<std::size_t>(sub)]; }
  void own(int bank, std::int32_t slot) {
    owner_[static_cast<std::size_t>(bank)] = slot;
    ++size_;
  }
  /// The access of the bank's owner was issued.
  void served(int sub, int bank) {
    owner_[static_cast<std::size_t>(bank)] = kNone;
    --in_[static_cast<std::size_t>(sub)];
    --size_;
  }

  bool second_step_due() const { return second_step_.bank != kNone; }
  const SecondStep& second_step() const { return second_step_; }
  void begin_second_step(const SecondStep& step) { second_step_ = step; }
  void end_second_step() { second_step_ = {}; }

 private:
  std::vector<std::int32_t> owner_;  ///< by bank
  std::vector<int> in_;              ///< by sub-channel; from the first step of an activate on
  int size_ = 0;
  SecondStep second_step_;
};

}  // namespace kiln::dram
