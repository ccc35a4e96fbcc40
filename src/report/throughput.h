// SPDX-License-Identifier: MIT
// How fast a run was at its begin and at its end: a chip that heats up or drains its battery slows down.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/findings.h"

namespace kiln::report {

/// Training samples per second of device time.
struct Throughput {
  double first = 0, last = 0;  ///< over a stretch of `stretch_s` at the begin and at the end
  double mean = 0;             ///< over the whole time
  double stretch_s = 0;
};

/// A hundredth of the time, but ten steps or more, at most half of the time. Absent for a steady state, which
/// has neither begin nor end, and for less than two steps.
std::optional<Throughput> throughput(const Findings& findings);
/// first, mean and last; empty where throughput() is absent.
Numbers throughput_numbers(const Findings& findings);
/// "412 samples/s in the first 6 s, 371 in the last, 380 in the mean" where they differ by a percent, or "".
std::string throughput_text(const Findings& findings);

/// Steps done between two device times, of rows that follow each other; within a row they are spread evenly.
double steps_between(const std::vector<device::PeriodRecord>& rows, double from_s, double to_s);

}  // namespace kiln::report
