// SPDX-License-Identifier: MIT
// What waits in front of a stage, first come, first served, and the books of the waiting.
#pragma once

#include <cstdint>
#include <deque>

#include "job/requests.h"

namespace kiln::pipeline {

/// Products of equal kind that move together.
struct Lot {
  std::int64_t count = 0;
  double born_s = 0;  ///< when the first sample came in that they were made of
  double bytes = 0;   ///< of one
};

class WaitingLine {
 public:
  void add(const Lot& lot, double now_s);
  /// Takes `count` products, not more than wait: together, as old as the oldest, as large as the largest.
  Lot take(std::int64_t count, double now_s);
  /// The end of all.
  void finish(double now_s) { pass(now_s); }

  std::int64_t waiting() const { return waiting_; }
  std::int64_t longest() const { return longest_; }
  std::int64_t added() const { return added_; }
  std::int64_t taken() const { return added_ - waiting_; }
  /// Sum over time of the number that waits, in products times seconds.
  double integral() const { return integral_; }
  /// Sum of the times that products have waited, those still waiting up to `now_s`. Little's law: equal to
  /// the integral.
  double waited_s(double now_s) const;
  const job::Latencies& waits() const { return waits_; }

 private:
  struct Place {
    Lot lot;
    double since_s;
  };
  void pass(double now_s);

  std::deque<Place> places_;
  std::int64_t waiting_ = 0, longest_ = 0, added_ = 0;
  double integral_ = 0, at_s_ = 0, left_waited_s_ = 0;
  job::Latencies waits_;
};

}  // namespace kiln::pipeline
