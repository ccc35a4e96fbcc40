// SPDX-License-Identifier: MIT
#include "pipeline/replayed_machine.h"

#include <algorithm>

#include "base/error.h"

namespace kiln::pipeline {

ReplayedMachine::ReplayedMachine(std::vector<fleet::DeviceKind*> kinds) : kinds_(std::move(kinds)) {
  const auto first =
      std::find_if(kinds_.begin(), kinds_.end(), [](const auto* kind) { return kind != nullptr; });
  KILN_CHECK(first != kinds_.end(), "a device without steps");
  device_ = (*first)->make_device((*first)->experiment().environment.ambient_c);
  replay_.emplace(**first, *device_);
}

void ReplayedMachine::start(std::size_t stage, double now_s) {
  replay_->load(*kinds_[stage], stage, now_s);
  replay_->start(now_s, 1);
}

double ReplayedMachine::joules(std::size_t stage) const {
  const std::vector<fleet::AccountBooks>& accounts = replay_->accounts();
  return stage < accounts.size() ? accounts[stage].device_j : 0;
}

}  // namespace kiln::pipeline
