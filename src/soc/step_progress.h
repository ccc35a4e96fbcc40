// SPDX-License-Identifier: MIT
// How far a step has come, and when it is done.
#pragma once

#include <systemc>
#include <vector>

#include "npu/tile.h"
#include "soc/host.h"

namespace kiln::soc {

/// How far a step had come when a tile finished a task.
struct Progress {
  base::TimePs time = 0;                             ///< since step begin
  std::int64_t work = 0;                             ///< task weights done by then
  workload::Phase phase = workload::Phase::forward;  ///< of the work that follows
  double computed_s = 0;                             ///< so far, mean over tiles
  double array_busy_s = 0;                           ///< of it, on the array
  double queue_share = 0;                            ///< of all write windows, in use
};

/// The channel that tiles and I/O report to.
class StepProgress : public sc_core::sc_prim_channel, public npu::progress_if, public samples_if {
 public:
  /// `write_window_bytes` of a tile.
  StepProgress(const char* name, int tiles, std::uint64_t write_window_bytes);

  void begin_step(base::TimePs now);
  /// In order of time; the first is the begin of the step.
  const std::vector<Progress>& marks() const { return marks_; }

  void work_done(const npu::WorkDone& done) override;
  /// The kernel returns, so that the step is looked at.
  void samples_stored() override { sc_core::sc_pause(); }

 private:
  double tiles_, windows_bytes_;
  base::TimePs began_ = 0;
  std::int64_t write_queue_bytes_ = 0;
  std::vector<Progress> marks_;
};

}  // namespace kiln::soc
