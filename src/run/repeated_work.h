// SPDX-License-Identifier: MIT
// What layers that were left out of a simulated step would have counted: as much as those that stand in for
// them.
#pragma once

#include <map>
#include <vector>

#include "lowering/repetition.h"
#include "soc/step_record.h"
#include "stats/trace.h"

namespace kiln::run {

/// A step, and what is simulated of it.
struct ShortenedStep {
  std::vector<lowering::Repetition> repetitions;
  lowering::LoweredStep part;
};

/// A simulated part of a step, on the way to the whole.
struct SimulatedPart {
  soc::StepRecord record;
  std::vector<stats::Sample> metrics;
  stats::Trace trace;
};

/// Adds what a layer had.
void add(soc::WorkRecord& sum, const soc::WorkRecord& more);

/// What layers had, by layer and phase.
using WorkRecords = std::map<stats::WorkKey, soc::WorkRecord>;

/// Which layer stands in for which, and for how much of what it counted.
class RepeatedWork {
 public:
  RepeatedWork(const lowering::LoweredStep& whole, const ShortenedStep& shortened);

  /// Whether the programs of what is left out hold what this says, by layer and phase.
  bool agrees(const lowering::LoweredStep& whole, const lowering::LoweredStep& part) const;

  /// What repetition `r` adds to the counts of layers: of those in the record of the shortened step.
  stats::WorkCounts counts(std::size_t r, const stats::WorkCounts& simulated) const;
  WorkRecords work(std::size_t r, const WorkRecords& simulated) const;
  /// Whether operations of the step, not the chip as such, count under this key.
  bool of_operations(const stats::WorkKey& key) const { return kept_.contains(key); }

 private:
  /// Instances of a layer left out, for as many as were simulated of the layer that stands in.
  struct Share {
    std::int64_t before = 0;  ///< in earlier repetitions
    std::int64_t instances = 0, simulated = 0;
    std::int64_t end() const { return before + instances; }
  };
  /// By layer left out and the one that stands in.
  using Shares = std::map<std::pair<stats::WorkKey, stats::WorkKey>, Share>;

  std::map<stats::WorkKey, std::int64_t> kept_;  ///< instances simulated
  std::vector<Shares> shares_;                   ///< by repetition
};

}  // namespace kiln::run
