// SPDX-License-Identifier: MIT
// A queue whose items keep the number they got.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace kiln::base {

/// Numbers run on from `first`; the oldest item leaves first. A ring: memory is that of the longest the queue
/// has been, and items move only when it grows beyond that.
template <class Item>
class NumberedQueue {
 public:
  explicit NumberedQueue(std::uint64_t first = 0) : first_(first), end_(first) {}

  /// Its number.
  std::uint64_t push(Item item) {
    if (size() == ring_.size()) grow();
    (*this)[end_] = std::move(item);
    return end_++;
  }
  /// Lets go of the oldest; what it holds is released when its place is taken. The queue must not be empty.
  void pop() { ++first_; }

  bool empty() const { return first_ == end_; }
  std::size_t size() const { return end_ - first_; }
  bool holds(std::uint64_t number) const { return number >= first_ && number < end_; }
  std::uint64_t first() const { return first_; }  ///< number of the oldest
  std::uint64_t end() const { return end_; }      ///< number of the next

  /// `number` must be held.
  Item& operator[](std::uint64_t number) { return ring_[number & (ring_.size() - 1)]; }
  const Item& operator[](std::uint64_t number) const { return ring_[number & (ring_.size() - 1)]; }
  Item& front() { return (*this)[first_]; }

 private:
  void grow() {
    std::vector<Item> larger(ring_.empty() ? 16 : 2 * ring_.size());  // a power of two, for the mask
    for (std::uint64_t number = first_; number < end_; ++number)
      larger[number & (larger.size() - 1)] = std::move((*this)[number]);
    ring_ = std::move(larger);
  }

  std::vector<Item> ring_;
  std::uint64_t first_, end_;
};

}  // namespace kiln::base
