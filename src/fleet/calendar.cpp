// SPDX-License-Identifier: MIT
#include "fleet/calendar.h"

#include <algorithm>

namespace kiln::fleet {

namespace {

/// A gap of this share less still holds a message: sums of the same lengths differ by roundings.
constexpr double kRounding = 1e-9;

}  // namespace

double Calendar::earliest(double from_s, double length_s) const {
  double at_s = from_s;
  for (const Stretch& stretch : taken_) {
    if (stretch.end_s <= at_s) continue;
    if (stretch.begin_s - at_s >= length_s * (1 - kRounding)) break;
    at_s = stretch.end_s;
  }
  return at_s;
}

void Calendar::take(double begin_s, double end_s) {
  const auto at = std::upper_bound(taken_.begin(), taken_.end(), begin_s,
                                   [](double begin, const Stretch& other) { return begin < other.begin_s; });
  taken_.insert(at, {begin_s, end_s});
}

void Calendar::forget_before(double now_s) {
  const auto keep = std::find_if(taken_.begin(), taken_.end(),
                                 [now_s](const Stretch& stretch) { return stretch.end_s > now_s; });
  taken_.erase(taken_.begin(), keep);
}

double earliest_of_all(std::span<Calendar* const> calendars, double from_s, double length_s) {
  double at_s = from_s;
  for (bool moved = true; moved;) {
    moved = false;
    for (const Calendar* calendar : calendars) {
      const double next_s = calendar->earliest(at_s, length_s);
      moved = moved || next_s > at_s;
      at_s = next_s;
    }
  }
  return at_s;
}

}  // namespace kiln::fleet
