// SPDX-License-Identifier: MIT
// What a tile did with its time in a step, what it did it for, and its slices in the trace.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "lowering/program.h"
#include "npu/task_activity.h"
#include "stats/ledger.h"
#include "stats/trace.h"

namespace kiln::npu {

/// Why a tile is not computing: `launch` is for the host's descriptor, or its turn to start.
enum class Stall { data, dependency, buffer, launch };
inline constexpr std::size_t kStalls = 4;
inline constexpr std::size_t kPhases = 6;
const char* name(Stall stall);
/// A tile's time for one layer in one phase: `exclusive` is `computing` and what it stalled for.
struct WorkTime {
  base::TimePs exclusive = 0, computing = 0, array_busy = 0;
  std::array<base::TimePs, kStalls> stalled{};
};

/// When a task computed.
struct TaskSpan {
  base::TimePs begin = 0, end = 0;
};

/// What a tile did with its time in one step; exclusive times sum to the tile's busy span.
struct TileTimes {
  /// From the end of one task's computation to the end of the next, booked to the phase of the next.
  std::array<base::TimePs, kPhases> exclusive{};
  std::array<base::TimePs, kPhases> busy{};  ///< computing
  std::array<base::TimePs, kStalls> stalled{};
  base::TimePs array_busy = 0;
  base::TimePs finished = 0;                              ///< last store acknowledged
  workload::Phase last_phase = workload::Phase::forward;  ///< of the last task that computed
  std::map<stats::WorkKey, WorkTime> by_work;
  std::vector<TaskSpan> tasks;  ///< in order of the program
};

/// How long a task computed: on array, vector unit or both, and on the array.
struct Computed {
  base::TimePs any = 0, array = 0;
};

/// Of a task that computed then.
Computed computed(const lowering::Task& task, const TaskSpan& span);

class TileBooks {
 public:
  TileBooks(stats::Ledger& ledger, stats::BlockId block, stats::Trace& trace, const std::string& tile,
            const RegisterBits& register_bits);

  void begin_step(const std::vector<std::string>& op_names, base::TimePs now);
  const TileTimes& times() const { return times_; }

  /// Time up to `until` was lost by `task` to what the tile has been waiting for.
  void waited(const lowering::Task& task, base::TimePs until);
  void waits_for(Stall cause) { waiting_for_ = cause; }
  Stall waiting_for() const { return waiting_for_; }
  /// `task` begins to compute now, after the wait.
  void starts(const lowering::Task& task, base::TimePs now);
  /// It has computed.
  Computed computed(const lowering::Task& task, base::TimePs now);
  /// All tasks of the step have.
  void ends_program() { end_slice(); }
  /// Bytes were moved for a layer in a phase.
  void moved(int layer, int phase, base::TimePs issued, base::TimePs now, std::uint64_t bytes);
  /// An operation's last store was acknowledged.
  void stored(base::TimePs now) { times_.finished = now; }
  /// All tasks have, `last` was the last one to compute: the rest of the time it was storing.
  void finishes(const lowering::Task& last, base::TimePs now);

 private:
  WorkTime& time_of(const lowering::Task& task) {
    return times_.by_work[{task.layer, static_cast<int>(task.phase)}];
  }
  void count(const lowering::Task& task, base::TimePs begin, base::TimePs end);
  void end_slice();

  stats::Ledger& ledger_;
  stats::BlockId block_;
  stats::Trace& trace_;
  int track_;
  RegisterBits register_bits_;
  const std::vector<std::string>* op_names_ = nullptr;
  TileTimes times_;
  base::TimePs began_ = 0;  ///< of the task that computes
  base::TimePs last_end_ = 0, waited_to_ = 0;
  Stall waiting_for_ = Stall::launch;
  const lowering::Task* traced_ = nullptr;  ///< the last task of the instance whose slice is open
  base::TimePs traced_from_ = 0;
};

}  // namespace kiln::npu
