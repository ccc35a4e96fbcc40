// SPDX-License-Identifier: MIT
// Addresses for tensors with lifetimes: two tensors share memory only if they never live together.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace kiln::lowering {

struct Lifetime {
  std::uint64_t bytes = 0;
  std::int32_t first = 0, last = 0;  ///< inclusive, in operation order
};

/// Greedy by size, lowest free address (Pisarchyk & Lee, "Efficient memory management for deep neural net
/// inference", 2020, algorithm 3). Deterministic.
class LifetimeAllocator {
 public:
  LifetimeAllocator(std::uint64_t capacity, std::uint64_t alignment);

  /// Addresses in the order of `items`; nothing for those that do not fit. Later calls respect earlier ones.
  std::vector<std::optional<std::uint64_t>> place(const std::vector<Lifetime>& items);
  std::uint64_t peak_bytes() const { return peak_; }
  std::uint64_t capacity() const { return capacity_; }

 private:
  struct Placed {
    std::uint64_t begin, end;
    std::int32_t first, last;
  };
  std::optional<std::uint64_t> find_gap(const Lifetime& item) const;

  std::uint64_t capacity_, alignment_, peak_ = 0;
  std::vector<Placed> placed_;  ///< sorted by begin
};

}  // namespace kiln::lowering
