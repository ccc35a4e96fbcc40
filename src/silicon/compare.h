// SPDX-License-Identifier: MIT
// Runs the jobs and holds their numbers against what was published.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "output/cache.h"
#include "silicon/anchors.h"

namespace kiln::silicon {

/// Of one number of a run: what it is and between what it may lie.
struct Estimate {
  double value = 0, low = 0, high = 0;
};

/// What a job's run gave.
struct Outcome {
  std::map<std::string, Estimate> numbers;
  std::string failure;  ///< why there are none
};

/// One anchor and where the simulation stands to it.
struct Comparison {
  std::string job;
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

/// `report(done, of, job)` is called as jobs end. Each runs in a process of its own, `processes` at a time.
/// Throws base::SimError where no process can be made.
std::vector<Outcome> run_jobs(
    const SiliconConfig& config, const output::Cache& cache, int processes,
    const std::function<void(std::size_t, std::size_t, const std::string&)>& report);

/// In the order of the file. `config` must outlive it.
std::vector<Comparison> compare(const SiliconConfig& config, const std::vector<Outcome>& outcomes);

}  // namespace kiln::silicon
