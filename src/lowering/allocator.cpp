// SPDX-License-Identifier: MIT
#include "lowering/allocator.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"

namespace kiln::lowering {

LifetimeAllocator::LifetimeAllocator(std::uint64_t capacity, std::uint64_t alignment)
    : capacity_(capacity), alignment_(alignment) {
  KILN_CHECK(alignment > 0, "alignment of 0 bytes");
}

std::optional<std::uint64_t> LifetimeAllocator::find_gap(const Lifetime& item) const {
  std::uint64_t at = 0;
  for (const Placed& other : placed_) {
    if (other.last < item.first || item.last < other.first) continue;
    if (at + item.bytes <= other.begin) break;
    at = std::max(at, (other.end + alignment_ - 1) / alignment_ * alignment_);
  }
  if (at > capacity_ || item.bytes > capacity_ - at) return std::nullopt;
  return at;
}

std::vector<std::optional<std::uint64_t>> LifetimeAllocator::place(const std::vector<Lifetime>& items) {
  std::vector<std::size_t> order(items.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return items[a].bytes > items[b].bytes; });
  std::vector<std::optional<std::uint64_t>> addresses(items.size());
  for (const std::size_t i : order) {
    addresses[i] = find_gap(items[i]);
    if (!addresses[i] || items[i].bytes == 0) continue;
    const Placed placed{*addresses[i], *addresses[i] + items[i].bytes, items[i].first, items[i].last};
    placed_.insert(std::upper_bound(placed_.begin(), placed_.end(), placed,
                                    [](const Placed& a, const Placed& b) { return a.begin < b.begin; }),
                   placed);
    peak_ = std::max(peak_, placed.end);
  }
  return addresses;
}

}  // namespace kiln::lowering
