// SPDX-License-Identifier: MIT
#include "dram/exact/front_queues.h"

#include <algorithm>

namespace kiln::dram {

std::optional<FrontQueues::Place> FrontQueues::movable(const RequestQueues& banks) const {
  const std::size_t writes = waiting_[true].size();
  const bool full = writes >= static_cast<std::size_t>(config_.write_queue);
  const bool idle = banks.empty() && writes > least_drain();
  const bool write = draining_ > 0 || full || idle;
  for (std::size_t i = 0; i < waiting_[write].size(); ++i)
    if (banks.bank_size(banks.slot(waiting_[write][i]).access.bank) < config_.bank_queue)
      return Place{write, i};
  return std::nullopt;
}

Cycle FrontQueues::next_move(const RequestQueues& banks, Cycle now) const {
  const std::optional<Place> place = movable(banks);
  if (!place) return kNeverCycle;
  return std::max({now, moved_at_ + 1, banks.slot(waiting_[place->write][place->index]).from});
}

std::int32_t FrontQueues::move(RequestQueues& banks, const Device& device, Cycle now) {
  const std::optional<Place> place = movable(banks);
  if (!place) return kNone;
  auto& queue = waiting_[place->write];
  if (place->write) draining_ = draining_ == 0 ? static_cast<int>(queue.size()) - 1 : draining_ - 1;
  const std::int32_t slot = queue[place->index];
  queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(place->index));
  --total_;
  moved_at_ = now;
  RequestQueues::Slot& moved = banks.slot(slot);
  moved.from = now + 1;
  moved.age = moves_++;  // a bank queue is in the order of arrival there, not of acceptance
  banks.append(slot, device.bank(moved.access.bank).row);
  return slot;
}

}  // namespace kiln::dram
