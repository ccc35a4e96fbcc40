// SPDX-License-Identifier: MIT
// Notes how far a step has come, and ends it.
#pragma once

#include <systemc>
#include <vector>

#include "npu/tile.h"
#include "soc/host.h"
#include "soc/step_record.h"

namespace kiln::soc {

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
