// SPDX-License-Identifier: MIT
// A random experiment run in a process of its own, and what its result is held against.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "drawn_experiment.h"

namespace kiln::testing {

/// What the experiment allows, told beside its result.
struct Limits {
  double coldest_c = 0;  ///< of what heat can flow to: the room at any time, a fluid of the package
  double hottest_c = 0;  ///< the same, warmest
  bool has_cooler = false;
  bool package_changes = false;       ///< events cover it, light it, or stop what cools it
  std::optional<double> power_cap_w;  ///< the lowest of the policies'
  std::optional<double> rate_samples_per_s;
  double lowest_hz = 0, highest_hz = 0;  ///< of the operating points
  double die_limit_c = 0;
  /// Largest rise of a block's mean per watt in it, in the package as it is cooled at full drive: no block
  /// rises more for a watt anywhere. Only where it was asked for.
  std::optional<double> highest_k_per_w;
};

/// A run, or why there is none: refused by name, a physical verdict, or what must not be.
struct Trial {
  std::string drawn;  ///< the experiment, to repeat it
  std::map<std::string, double> numbers;
  std::map<std::string, std::string> files;  ///< layers.csv, series.csv, summary.json
  std::string refused, too_hot, error;
  std::string digest;  ///< of all files but for the seconds that the run took
  Limits limits;
};

/// Draws the experiment of this number and runs it.
Trial try_out(int number, bool with_resistance);

}  // namespace kiln::testing
