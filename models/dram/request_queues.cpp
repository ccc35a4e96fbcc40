// SPDX-License-Identifier: MIT
#include "dram/request_queues.h"

namespace kiln::dram {

RequestQueues::RequestQueues(int banks) {
  for (auto& lists : lists_) lists.resize(static_cast<std::size_t>(banks));
  for (auto& places : place_) places.assign(static_cast<std::size_t>(banks), kNone);
}

std::int32_t RequestQueues::take() {
  if (unused_.empty()) {
    slots_.emplace_back();
    return static_cast<std::int32_t>(slots_.size()) - 1;
  }
  const std::int32_t index = unused_.back();
  unused_.pop_back();
  return index;
}

void RequestQueues::give(std::int32_t index) {
  unused_.push_back(index);
}

std::int32_t RequestQueues::next_match(std::int32_t from, std::int32_t row, bool equal) const {
  while (from != kNone && (slot(from).access.row == row) != equal) from = slot(from).next;
  return from;
}

void RequestQueues::rescan(List& list, std::int32_t open_row) {
  const bool open = open_row >= 0;
  list.hit = open ? next_match(list.head, open_row, true) : kNone;
  list.miss = open ? next_match(list.head, open_row, false) : kNone;
}

void RequestQueues::append(std::int32_t index, std::int32_t open_row) {
  Slot& added = slot(index);
  const bool write = added.access.write;
  const auto bank = static_cast<std::size_t>(added.access.bank);
  List& list = lists_[write][bank];
  added.next = kNone;
  added.previous = list.tail;
  if (list.tail == kNone) {
    list.head = index;
    place_[write][bank] = static_cast<std::int32_t>(busy_[write].size());
    busy_[write].push_back(added.access.bank);
  } else {
    slot(list.tail).next = index;
  }
  list.tail = index;
  ++list.count;
  ++sizes_[write];
  if (open_row < 0) return;
  std::int32_t& oldest = added.access.row == open_row ? list.hit : list.miss;
  if (oldest == kNone) oldest = index;
}

void RequestQueues::remove(std::int32_t index, std::int32_t open_row) {
  const Slot& gone = slot(index);
  const bool write = gone.access.write;
  const auto bank = static_cast<std::size_t>(gone.access.bank);
  List& list = lists_[write][bank];
  if (list.hit == index) list.hit = next_match(gone.next, open_row, true);
  if (list.miss == index) list.miss = next_match(gone.next, open_row, false);
  (gone.previous == kNone ? list.head : slot(gone.previous).next) = gone.next;
  (gone.next == kNone ? list.tail : slot(gone.next).previous) = gone.previous;
  --list.count;
  --sizes_[write];
  if (list.count > 0) return;
  auto& busy = busy_[write];
  const auto place = static_cast<std::size_t>(place_[write][bank]);
  busy[place] = busy.back();
  place_[write][static_cast<std::size_t>(busy[place])] = static_cast<std::int32_t>(place);
  busy.pop_back();
  place_[write][bank] = kNone;
}

void RequestQueues::row_changed(int bank, std::int32_t open_row) {
  for (auto& lists : lists_) rescan(lists[static_cast<std::size_t>(bank)], open_row);
}

bool RequestQueues::holds_write(const Access& read) const {
  for (std::int32_t i = list(read.bank, true).head; i != kNone; i = slot(i).next)
    if (slot(i).access.row == read.row && slot(i).access.column == read.column) return true;
  return false;
}

}  // namespace kiln::dram
