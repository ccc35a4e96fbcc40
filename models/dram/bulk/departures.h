// SPDX-License-Identifier: MIT
// When the accesses of one direction left their queue: what decides when later ones entered it.
#pragma once

#include <cstdint>
#include <deque>

#include "dram/bulk_service.h"
#include "dram/timing.h"

namespace kiln::dram {

/// Accesses that left a queue as a piecewise linear function of time. Visits of other banks overlap, so their
/// departures add up.
class Departures {
 public:
  /// `accesses` more leave, evenly over the cycles of `times`.
  void add(std::uint64_t accesses, const ServiceTimes& times);
  /// Nobody asks again for the time when `left` accesses had gone, or for an earlier one.
  void forget(double left) {
    while (steps_.size() > 1 && steps_.front().after < left) steps_.pop_front();
  }
  /// Cycle at which access number `access` found room in a queue of `depth`: as many as are too many for it
  /// had to leave before.
  Cycle entered(std::uint64_t access, std::uint64_t depth) const;

 private:
  /// So many had left: `before` at `begin`, `after` at `end`.
  struct Step {
    double before, after;
    Cycle begin, end;
  };
  /// Index of the first step at or after `begin`; the step around it is split there.
  std::size_t split_at(Cycle begin);

  std::deque<Step> steps_;
};

}  // namespace kiln::dram
