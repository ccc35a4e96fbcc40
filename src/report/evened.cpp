// SPDX-License-Identifier: MIT
#include "report/evened.h"

#include <algorithm>

namespace kiln::report {

std::vector<TimedValue> evened(const std::vector<TimedValue>& changes, base::TimePs end, std::size_t slots) {
  std::vector<TimedValue> track;
  if (changes.empty() || end <= 0) return track;
  const auto count = std::min(static_cast<base::TimePs>(slots), end);  // a slot is 1 ps or longer
  std::size_t next = 1;
  for (base::TimePs slot = 0; slot < count; ++slot) {
    // In two steps: the product of both would not fit for long ends.
    const auto edge = [&](base::TimePs k) { return end / count * k + end % count * k / count; };
    const base::TimePs from = edge(slot), to = edge(slot + 1);
    double sum = 0;
    for (base::TimePs at = from; at < to;) {
      while (next < changes.size() && changes[next].time <= at) ++next;
      const base::TimePs until = next < changes.size() ? std::min(to, changes[next].time) : to;
      sum += changes[next - 1].value * static_cast<double>(until - at);
      at = until;
    }
    const double mean = sum / static_cast<double>(to - from);
    if (track.empty() || track.back().value != mean) track.push_back({from, mean});
  }
  return track;
}

}  // namespace kiln::report
