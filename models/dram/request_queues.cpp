// SPDX-License-Identifier: MIT
#include "dram/request_queues.h"

#include "dram/dram_config.h"

namespace kiln::dram {

Access access_at(const OrganisationConfig& o, const Coordinates& at, bool write, std::uint64_t id) {
  const int sub = static_cast<int>(at.pseudo_channel) + o.pseudo_channels * static_cast<int>(at.rank);
  const int group = sub * o.bank_groups + static_cast<int>(at.group);
  return {.id = id,
          .bank = group * o.banks_per_group + static_cast<int>(at.bank),
          .row = static_cast<std::int32_t>(at.row),
          .column = static_cast<std::int32_t>(at.column),
          .write = write};
}

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

std::int32_t RequestQueues::oldest() const {
  std::int32_t oldest = kNone;
  for (const bool write : {false, true})
    for (const std::int32_t bank : busy(write)) oldest = older(oldest, list(bank, write).head);
  return oldest;
}

bool RequestQueues::holds_write(const Access& read) const {
  for (std::int32_t i = list(read.bank, true).head; i != kNone; i = slot(i).next)
    if (slot(i).access.row == read.row && slot(i).access.column == read.column) return true;
  return false;
}

}  // namespace kiln::dram
