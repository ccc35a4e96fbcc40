// SPDX-License-Identifier: MIT
// Every number of a job's summary: key, unit, meaning, how it is computed.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "job/outcome.h"

namespace kiln::job {

/// Highest mean of a block of chip or memory, in degC; absent: nothing ran.
std::optional<double> hottest_c(const Outcome& outcome);

struct Metric {
  std::string_view key, unit, meaning;
  std::optional<double> (*read)(const Outcome&);  ///< nothing: the job has none
};
std::span<const Metric> metrics();

/// Those that the job has, in the order of the list, and "wear.NAME": the share of a life that was used up.
std::vector<std::pair<std::string, double>> numbers_of(const Outcome& outcome);

}  // namespace kiln::job
