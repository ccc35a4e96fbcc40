// SPDX-License-Identifier: MIT
// Binary heap of (time, slot) in which a slot's time can be changed in O(log n).
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "base/time.h"

namespace kiln::noc {

/// Each slot is in the heap at most once. Equal times leave in
/// order of their sequence number, so that runs repeat exactly.
class EventHeap {
 public:
  bool empty() const { return heap_.empty(); }
  std::size_t size() const { return heap_.size(); }
  base::TimePs top_time() const { return heap_.front().time; }
  std::uint32_t top_slot() const { return heap_.front().slot; }

  /// Inserts the slot or moves it to another time.
  void set(std::uint32_t slot, base::TimePs time, std::uint64_t sequence) {
    if (slot >= place_.size()) place_.resize(slot + 1, kAbsent);
    if (place_[slot] == kAbsent) {
      place_[slot] = static_cast<std::uint32_t>(heap_.size());
      heap_.push_back({time, sequence, slot});
    } else {
      Entry& entry = heap_[place_[slot]];
      if (entry.time == time) return;
      entry.time = time;
    }
    restore(place_[slot]);
  }

  void erase(std::uint32_t slot) {
    const std::uint32_t hole = place_[slot];
    place_[slot] = kAbsent;
    const Entry last = heap_.back();
    heap_.pop_back();
    if (hole == heap_.size()) return;
    heap_[hole] = last;
    place_[last.slot] = hole;
    restore(hole);
  }

 private:
  struct Entry {
    base::TimePs time;
    std::uint64_t sequence;
    std::uint32_t slot;
    bool before(const Entry& other) const {
      return time != other.time ? time < other.time : sequence < other.sequence;
    }
  };
  static constexpr std::uint32_t kAbsent = UINT32_MAX;

  /// Moves the entry at `at` up or down to where it belongs; those it passes fill the hole behind it.
  void restore(std::uint32_t at) {
    const Entry entry = heap_[at];
    while (at > 0 && entry.before(heap_[(at - 1) / 2])) {
      put(at, heap_[(at - 1) / 2]);
      at = (at - 1) / 2;
    }
    const auto size = static_cast<std::uint32_t>(heap_.size());
    for (std::uint32_t child = 2 * at + 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && heap_[child + 1].before(heap_[child])) ++child;
      if (!heap_[child].before(entry)) break;
      put(at, heap_[child]);
      at = child;
    }
    put(at, entry);
  }

  void put(std::uint32_t at, const Entry& entry) {
    heap_[at] = entry;
    place_[entry.slot] = at;
  }

  std::vector<Entry> heap_;
  std::vector<std::uint32_t> place_;
};

}  // namespace kiln::noc
