// SPDX-License-Identifier: MIT
// When something that one message uses at a time is taken: a radio, a direction of a wire, a channel.
#pragma once

#include <span>
#include <vector>

namespace kiln::fleet {

class Calendar {
 public:
  /// The earliest time from `from_s` on at which it is free for `length_s`.
  double earliest(double from_s, double length_s) const;
  void take(double begin_s, double end_s);
  /// Nothing will be asked for before `now_s` any more.
  void forget_before(double now_s);
  double last_end_s() const { return taken_.empty() ? 0 : taken_.back().end_s; }

 private:
  struct Stretch {
    double begin_s, end_s;
  };
  std::vector<Stretch> taken_;  ///< apart from one another, the earliest first
};

/// The earliest time at which all of them are free.
double earliest_of_all(std::span<Calendar* const> calendars, double from_s, double length_s);

}  // namespace kiln::fleet
