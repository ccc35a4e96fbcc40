// SPDX-License-Identifier: MIT
#include "lowering/memory_peak.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "base/units.h"

namespace kiln::lowering {
namespace {

/// The place in the schedule where most is held.
std::int32_t peak_of(const std::vector<Held>& all) {
  std::map<std::int32_t, std::int64_t> changes;
  for (const Held& held : all) {
    changes[held.first] += static_cast<std::int64_t>(held.bytes);
    changes[held.last + 1] -= static_cast<std::int64_t>(held.bytes);
  }
  std::int64_t now = 0, most = 0;
  std::int32_t peak = 0;
  for (const auto& [position, change] : changes) {
    now += change;
    if (now <= most) continue;
    most = now;
    peak = position;
  }
  return peak;
}

}  // namespace

std::vector<MemoryShare> shares_at_peak(Home home, const std::vector<Held>& all) {
  const std::int32_t peak = peak_of(all);
  std::map<std::string_view, std::uint64_t> kinds;
  for (const Held& held : all)
    if (held.first <= peak && peak <= held.last) kinds[held.kind] += held.bytes;
  std::vector<MemoryShare> shares;
  for (const auto& [kind, bytes] : kinds) shares.push_back({home, std::string(kind), bytes});
  std::stable_sort(shares.begin(), shares.end(),
                   [](const MemoryShare& a, const MemoryShare& b) { return a.bytes > b.bytes; });
  return shares;
}

std::uint64_t bytes_of(const std::vector<MemoryShare>& shares) {
  std::uint64_t sum = 0;
  for (const MemoryShare& share : shares) sum += share.bytes;
  return sum;
}

std::string text_of(const std::vector<MemoryShare>& shares) {
  std::vector<std::string> words;
  for (const MemoryShare& share : shares)
    words.push_back(share.kind + " " +
                    base::display_quantity(static_cast<double>(share.bytes), base::Dimension::bytes));
  return base::join(words, ", ");
}

}  // namespace kiln::lowering
