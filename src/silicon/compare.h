// SPDX-License-Identifier: MIT
// The numbers of runs held against what was published.
#pragma once

#include <string>
#include <vector>

#include "batch/outcome.h"
#include "silicon/anchors.h"

namespace kiln::silicon {

using batch::Estimate;
using batch::Outcome;

/// One anchor and where the simulation stands to it.
struct Comparison {
  std::string job;
  std::string chip;  ///< several jobs may be of one
  const AnchorConfig* anchor = nullptr;
  Estimate simulated;     ///< in the published unit
  std::string failure;    ///< why there is nothing to compare
  std::string component;  ///< that takes most of the run's energy, with its share

  double ratio() const { return simulated.value / anchor->published; }
  /// Off by no more than this factor, either way; of a bound: inside it.
  bool within(double factor) const;
  /// The published figure, or a part of its band, lies inside the printed one.
  bool covers() const;
  double distance() const;  ///< |ln ratio|; of a bound that holds: 0
};

/// In the order of the file; an outcome for each job. `config` must outlive it.
std::vector<Comparison> compare(const SiliconConfig& config, const std::vector<Outcome>& outcomes);

}  // namespace kiln::silicon
