// SPDX-License-Identifier: MIT
// Many pending times on one sc_event: a module is woken only when one of its own items is due.
#pragma once

#include <algorithm>
#include <cstdint>
#include <systemc>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/standstill.h"
#include "sim/kernel_time.h"

namespace kiln::sim {

/// A queue of items by time; equal times keep the order of insertion, so runs repeat exactly.
template <class Item>
class WakeupQueue {
 public:
  explicit WakeupQueue(sc_core::sc_event& event) : event_(event) {}

  void push(base::TimePs time, Item item) {
    heap_.push_back({time, sequence_++, std::move(item)});
    std::push_heap(heap_.begin(), heap_.end(), Later{});
    arm(time);
  }
  /// Wakes the module at `time` without an item.
  void arm(base::TimePs time) {
    if (awake_) return;  // rearm() follows: the kernel is asked once per wake-up
    const base::TimePs here = now();
    const base::TimePs at = std::max(time, here);
    if (armed_ >= here && armed_ <= at) return;  // an earlier wake-up is pending; rearm() follows it
    event_.cancel();
    event_.notify(to_sc_time(at - here));
    armed_ = at;
  }
  /// Call first when the module is woken. Until `rearm`, nothing is armed and `due` compares with this time.
  /// Throws SimError when the module is woken too often without simulated time advancing, because the kernel
  /// would then never return.
  base::TimePs awake() {
    awake_ = true;
    here_ = now();
    if (standstill_.too_many(here_)) fail_standstill();
    return here_;
  }
  bool due() const { return !heap_.empty() && heap_.front().time <= (awake_ ? here_ : now()); }
  Item pop() {
    std::pop_heap(heap_.begin(), heap_.end(), Later{});
    Item item = std::move(heap_.back().item);
    heap_.pop_back();
    return item;
  }
  /// Call last when the module is woken: arms for the earliest item left or for `other`, whichever is first.
  void rearm(base::TimePs other = base::kNever) {
    const base::TimePs here = awake_ ? here_ : now();
    awake_ = false;
    armed_ = base::kNever;
    event_.cancel();
    const base::TimePs next = heap_.empty() ? other : std::min(other, heap_.front().time);
    if (next == base::kNever) return;
    armed_ = std::max(next, here);
    event_.notify(to_sc_time(armed_ - here));
  }
  bool empty() const { return heap_.empty(); }
  /// Forgets all items and wake-ups, as when new.
  void clear() {
    event_.cancel();
    heap_.clear();
    sequence_ = 0;
    armed_ = base::kNever;
  }

 private:
  struct Entry {
    base::TimePs time;
    std::uint64_t sequence;
    Item item;
  };
  struct Later {
    bool operator()(const Entry& a, const Entry& b) const {
      return a.time != b.time ? a.time > b.time : a.sequence > b.sequence;
    }
  };

  /// Names the module: the event is its member.
  [[noreturn]] void fail_standstill() const {
    throw base::SimError(fmt::format(
        "{}: woken {} times at {} ps and time does not go on; {} items are due or waiting, the next at {} ps",
        event_.get_parent_object() != nullptr ? event_.get_parent_object()->name() : event_.name(),
        standstill_.events(), here_, heap_.size(), heap_.empty() ? base::kNever : heap_.front().time));
  }

  sc_core::sc_event& event_;
  std::vector<Entry> heap_;
  std::uint64_t sequence_ = 0;
  base::TimePs armed_ = base::kNever;
  base::TimePs here_ = 0;  ///< the instant of the wake-up
  bool awake_ = false;
  base::Standstill standstill_{1 << 20};
};

}  // namespace kiln::sim
