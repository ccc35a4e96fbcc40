// SPDX-License-Identifier: MIT
// What layers that were left out of a simulated step would have counted: as much as those that stand in for
// them.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "lowering/instance_tasks.h"
#include "lowering/operation_parts.h"
#include "lowering/repetition.h"
#include "soc/step_record.h"
#include "stats/trace.h"

namespace kiln::run {

/// What a step repeats, and what is left of it.
struct ShortenedStep {
  std::optional<lowering::StepInParts> in_parts;  ///< the step, where its operations are cut to be shortened
  std::vector<lowering::Repetition> repetitions;
  lowering::LoweredStep part;

  /// The step, its instances numbered as those of repetitions and part.
  const lowering::LoweredStep& whole(const lowering::LoweredStep& step) const {
    return in_parts ? in_parts->step : step;
  }
  /// Of an instance of the step the last one of the part, or the one in its place where it is left out.
  std::int32_t stand_in(std::int32_t instance) const;
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

/// What is counted by instance in a shortened step, by layer and phase of the whole one.
class RepeatedWork {
 public:
  /// Both must outlive it; `whole` has its instances numbered as the repetitions.
  RepeatedWork(const lowering::LoweredStep& whole, const ShortenedStep& shortened);

  /// What was simulated; what is of no instance stays as it is.
  stats::WorkCounts counts(const stats::WorkCounts& simulated) const { return by_layer(simulated); }
  WorkRecords work(const WorkRecords& simulated) const { return by_layer(simulated); }
  /// What all that repetition `r` leaves out adds to it: as much as the instances that stand in.
  stats::WorkCounts counts_left_out(std::size_t r, const stats::WorkCounts& simulated) const;
  WorkRecords work_left_out(std::size_t r, const WorkRecords& simulated) const;

 private:
  /// What programs say of what the tiles and the memory do.
  struct Programmed {
    stats::Counts tiles{};
    std::int64_t dram_read_bytes = 0, dram_write_bytes = 0;
    void add(const Programmed& other, std::int64_t sign);
  };
  Programmed programmed(std::int32_t instance) const;
  /// By layer and phase, what instances left out have more than those that stand in: parts of an operation
  /// are alike, not equal.
  std::map<stats::WorkKey, Programmed> more_left_out(std::size_t r) const;
  template <class ByWork>
  ByWork by_layer(const ByWork& simulated) const;
  template <class ByWork>
  ByWork left_out(std::size_t r, const ByWork& simulated) const;

  const lowering::LoweredStep& whole_;
  const ShortenedStep& shortened_;
  lowering::InstanceTasks tasks_;
  std::vector<stats::WorkKey> keys_;  ///< by instance: of the whole step
};

/// Whether an operation of the shortened step, not the chip as such, counts under this key.
inline bool is_of_instance(const stats::WorkKey& key) {
  return key.first >= 0;
}

}  // namespace kiln::run
