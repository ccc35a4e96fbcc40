// SPDX-License-Identifier: MIT
// Requests of one channel, kept by bank and direction in order of age.
//
// For each list the oldest request that hits the open row and the oldest that misses it are remembered, so a
// scheduling decision looks at two requests per bank instead of at the whole queue.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "dram/timing_table.h"

namespace kiln::dram {

/// One burst-sized request of a channel.
struct Access {
  std::uint64_t id = 0;
  std::int32_t bank = 0;  ///< channel-wide bank number, see device.h
  std::int32_t row = 0;
  std::int32_t column = 0;
  bool write = false;
};

inline constexpr int kNone = -1;

class RequestQueues {
 public:
  struct Slot {
    Access access;
    std::uint64_t age = 0;  ///< order of acceptance
    Cycle arrival = 0;
    Cycle from = 0;         ///< first cycle a command may be issued for it
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
  const List& list(int bank, bool write) const { return lists_[write][static_cast<std::size_t>(bank)]; }
  /// Banks with requests in this direction, in no order.
  const std::vector<std::int32_t>& busy(bool write) const { return busy_[write]; }
  int size(bool write) const { return sizes_[write]; }
  int bank_size(int bank) const { return list(bank, false).count + list(bank, true).count; }
  bool empty() const { return sizes_[0] + sizes_[1] == 0; }

  std::int32_t take();                    ///< an unused slot
  void give(std::int32_t index);          ///< back to the unused ones
  void append(std::int32_t index, std::int32_t open_row);
  void remove(std::int32_t index, std::int32_t open_row);
  /// The open row of a bank changed.
  void row_changed(int bank, std::int32_t open_row);
  /// A write to the same place waits.
  bool holds_write(const Access& read) const;

 private:
  void rescan(List& list, std::int32_t open_row);
  std::int32_t next_match(std::int32_t from, std::int32_t row, bool equal) const;

  std::vector<Slot> slots_;
  std::vector<std::int32_t> unused_;
  std::array<std::vector<List>, 2> lists_;
  std::array<std::vector<std::int32_t>, 2> busy_;
  std::array<std::vector<std::int32_t>, 2> place_;  ///< of a bank in busy_
  std::array<int, 2> sizes_{};
};

}  // namespace kiln::dram
