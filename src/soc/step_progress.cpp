// SPDX-License-Identifier: MIT
#include "soc/step_progress.h"

namespace kiln::soc {

StepProgress::StepProgress(const char* name, int tiles, std::uint64_t write_window_bytes)
    : sc_prim_channel(name), tiles_(tiles), windows_bytes_(static_cast<double>(write_window_bytes) * tiles) {}

void StepProgress::begin_step(base::TimePs now) {
  began_ = now;
  write_queue_bytes_ = 0;
  marks_.assign(1, Progress{});
}

void StepProgress::work_done(const npu::WorkDone& done) {
  Progress next = marks_.back();
  next.time = done.time - began_;
  next.work += done.amount;
  next.phase = done.next_phase;
  next.computed_s += base::to_seconds(done.computed.any) / tiles_;
  next.array_busy_s += base::to_seconds(done.computed.array) / tiles_;
  write_queue_bytes_ += done.write_queue_bytes;
  next.queue_share = static_cast<double>(write_queue_bytes_) / windows_bytes_;
  marks_.push_back(next);
}

}  // namespace kiln::soc
