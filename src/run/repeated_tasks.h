// SPDX-License-Identifier: MIT
// When the tasks of a step computed: those that were simulated, and others in their wake.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lowering/repetition.h"
#include "soc/step_record.h"
#include "stats/trace.h"

namespace kiln::run {

/// How long the unit of a repetition took that stands for what is left out, and when it ended, means over
/// tiles. `deviation`: by how much its halves differ, or a tile that does not wait for the others is off in
/// both of them, whichever is more.
struct Rhythm {
  base::TimePs unit = 0, end = 0, deviation = 0;
};

class RepeatedTasks {
 public:
  /// Those of `part` as they were simulated.
  RepeatedTasks(const lowering::LoweredStep& part, const soc::StepRecord& simulated);

  Rhythm rhythm_of(const lowering::Repetition& r) const;
  /// Adds tasks in the place of those that `r` leaves out; what follows comes as much later. Later
  /// repetitions first.
  void repeat(const lowering::Repetition& r, const Rhythm& rhythm);

  /// Progress and spans of the whole step, whose tasks these are by now; throws base::SimError if they are
  /// not.
  void tell(const lowering::LoweredStep& whole, soc::StepRecord& record) const;
  /// Its timeline, with the names of its operations.
  void tell(const lowering::LoweredStep& whole, const std::vector<std::string>& op_names,
            stats::Trace& trace) const;

 private:
  struct Task {
    npu::TaskSpan span;
    std::int32_t instance = 0;
    double queue_share = 0;  ///< of the write windows, when it ended
  };
  static void repeat(const lowering::Repetition& r, base::TimePs unit, std::vector<Task>& tile);

  std::vector<std::vector<Task>> tasks_;  ///< [tile][task]
};

}  // namespace kiln::run
