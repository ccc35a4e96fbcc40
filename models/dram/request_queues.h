// SPDX-License-Identifier: MIT
// Requests of one channel, kept by bank and direction in order of age.
//
// For each list the oldest request that hits the open row and the oldest that misses it are remembered, so a
// scheduling decision looks at two requests per bank instead of at the whole queue.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "dram/address_map.h"
#include "dram/timing_table.h"

namespace kiln::dram {

/// Requests of patrol scrubbing carry this id and are reported to nobody.
inline constexpr std::uint64_t kPatrolId = ~std::uint64_t{0};

/// One burst-sized request of a channel.
struct Access {
  std::uint64_t id = 0;
  std::int32_t bank = 0;  ///< channel-wide bank number, see device.h
  std::int32_t row = 0;
  std::int32_t column = 0;
  bool write = false;
  bool of_patrol() const { return id == kPatrolId; }
};

/// The access at `coordinates` of its channel; banks are numbered as in device.h.
Access access_at(const OrganisationConfig& organisation, const Coordinates& coordinates, bool write,
                 std::uint64_t id);

inline constexpr int kNone = -1;

class RequestQueues {
 public:
  struct Slot {
    Access access;
    std::uint64_t age = 0;  ///< order of acceptance
    Cycle arrival = 0;
    Cycle from = 0;  ///< first cycle a command may be issued for it
    std::int32_t next = kNone, previous = kNone;
  };
  struct List {
    std::int32_t head = kNone, tail = kNone;
    std::int32_t hit = kNone;   ///< oldest request of the open row
    std::int32_t miss = kNone;  ///< oldest request of another row; none while the bank is closed
    std::int32_t count = 0;
  };

  explicit RequestQueues(int banks);

  Slot& slot(std::int32_t index) { return slots_[static_cast<std::size_t>(index)]; }
  const Slot& slot(std::int32_t index) const { return slots_[static_cast<std::size_t>(index)]; }
  const List& list(int bank, bool write) const { return lists_[2 * static_cast<std::size_t>(bank) + write]; }
  /// Banks with requests in this direction, in no order.
  const std::vector<std::int32_t>& busy(bool write) const { return busy_[write]; }
  int size(bool write) const { return sizes_[write]; }
  int bank_size(int bank) const { return list(bank, false).count + list(bank, true).count; }
  bool empty() const { return sizes_[0] + sizes_[1] == 0; }

  std::int32_t take();            ///< an unused slot
  void give(std::int32_t index);  ///< back to the unused ones
  void append(std::int32_t index, std::int32_t open_row);
  void remove(std::int32_t index, std::int32_t open_row);
  /// The open row of a bank changed.
  void row_changed(int bank, std::int32_t open_row);
  /// The older of two requests; either may be kNone.
  std::int32_t older(std::int32_t a, std::int32_t b) const {
    if (a == kNone || b == kNone) return a == kNone ? b : a;
    return slot(a).age < slot(b).age ? a : b;
  }
  /// The oldest request, or kNone.
  std::int32_t oldest() const;
  /// A write to the same place waits.
  bool holds_write(const Access& read) const;

 private:
  void rescan(List& list, std::int32_t open_row);
  std::int32_t next_match(std::int32_t from, std::int32_t row, bool equal) const;

  std::vector<Slot> slots_;
  std::int32_t unused_ = kNone;  ///< first unused slot, linked by `next`
  std::vector<List> lists_;      ///< by bank and direction
  std::array<std::vector<std::int32_t>, 2> busy_;
  std::array<std::vector<std::int32_t>, 2> place_;  ///< of a bank in busy_
  std::array<int, 2> sizes_{};
};

inline std::int32_t RequestQueues::take() {
  if (unused_ == kNone) {
    slots_.emplace_back();
    return static_cast<std::int32_t>(slots_.size()) - 1;
  }
  const std::int32_t index = unused_;
  unused_ = slot(index).next;
  return index;
}

inline void RequestQueues::give(std::int32_t index) {
  slot(index).next = unused_;
  unused_ = index;
}

inline std::int32_t RequestQueues::next_match(std::int32_t from, std::int32_t row, bool equal) const {
  while (from != kNone && (slot(from).access.row == row) != equal) from = slot(from).next;
  return from;
}

inline void RequestQueues::append(std::int32_t index, std::int32_t open_row) {
  Slot& added = slot(index);
  const bool write = added.access.write;
  const auto bank = static_cast<std::size_t>(added.access.bank);
  List& list = lists_[2 * bank + write];
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

inline void RequestQueues::remove(std::int32_t index, std::int32_t open_row) {
  const Slot& gone = slot(index);
  const bool write = gone.access.write;
  const auto bank = static_cast<std::size_t>(gone.access.bank);
  List& list = lists_[2 * bank + write];
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

}  // namespace kiln::dram
