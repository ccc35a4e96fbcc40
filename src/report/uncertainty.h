// SPDX-License-Identifier: MIT
// How sure a run's numbers are: the bands of the chip's constants, carried to every number.
//
// Each constant alone is moved to where the step's joules rise and fall, which costs a sum over counts. Those
// of a group move together, groups of one node in part, others not at all: the squares of their effects add
// up. The two corners of that sum (each group as far towards its bound as its share of the variance asks) are
// chips of their own: for them power, heat and governor run again, and every number is computed as for the
// chip itself. Where a step waits for the host, the constants of the host's time are moved one by one and the
// step is simulated again, and so are rates of the array (products a cycle), for which it is lowered again as
// well; their effects are independent, so their squares are added to those of the joules.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace kiln::report {

struct Findings;

struct Interval {
  double low = 0, high = 0;
};

/// By key of summary.json; numbers without are exact.
using Bands = std::map<std::string, Interval>;

/// Makes room for what a number of `value` is elsewhere in the constants' bands.
void widen(Bands& bands, const std::string& key, double value, double there);

struct Uncertainty {
  Bands intervals;
  std::vector<std::pair<std::string, double>>
      causes;  ///< group of constants, share of the variance; largest first

  Interval of(const std::string& key, double value) const {
    const auto found = intervals.find(key);
    return found == intervals.end() ? Interval{value, value} : found->second;
  }
};

}  // namespace kiln::report
