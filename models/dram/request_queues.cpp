// SPDX-License-Identifier: MIT
#include "dram/request_queues.h"

namespace kiln::dram {

RequestQueues::RequestQueues(int banks) {
  lists_.resize(2 * static_cast<std::size_t>(banks));
  for (auto& places : place_) places.assign(static_cast<std::size_t>(banks), kNone);
}

void RequestQueues::rescan(List& list, std::int32_t open_row) {
  const bool open = open_row >= 0;
  list.hit = open ? next_match(list.head, open_row, true) : kNone;
  list.miss = open ? next_match(list.head, open_row, false) : kNone;
}

void RequestQueues::row_changed(int bank, std::int32_t open_row) {
  for (const std::size_t write : {0, 1}) rescan(lists_[2 * static_cast<std::size_t>(bank) + write], open_row);
}

bool RequestQueues::holds_write(const Access& read) const {
  for (std::int32_t i = list(read.bank, true).head; i != kNone; i = slot(i).next)
    if (slot(i).access.row == read.row && slot(i).access.column == read.column) return true;
  return false;
}

}  // namespace kiln::dram
