// SPDX-License-Identifier: MIT
#include "npu/tile_books.h"

#include <algorithm>

namespace kiln::npu {

using lowering::Task;
using stats::ActivityKind;

const char* name(Stall stall) {
  switch (stall) {
    case Stall::data:
      return "data";
    case Stall::dependency:
      return "dependency";
    case Stall::buffer:
      return "buffer";
    case Stall::launch:
      return "launch";
  }
  return "?";
}

TileBooks::TileBooks(stats::Ledger& ledger, stats::BlockId block, stats::Trace& trace,
                     const std::string& tile, const RegisterBits& register_bits)
    : ledger_(ledger),
      block_(block),
      trace_(trace),
      track_(trace.add_track(tile)),
      register_bits_(register_bits) {}

void TileBooks::begin_step(const std::vector<std::string>& op_names, base::TimePs now) {
  op_names_ = &op_names;
  times_ = {};
  times_.finished = now;
  last_end_ = waited_to_ = now;
  waiting_for_ = Stall::launch;
  traced_ = nullptr;
}

void TileBooks::waited(const Task& task, base::TimePs until) {
  if (until == waited_to_) return;
  const auto cause = static_cast<std::size_t>(waiting_for_);
  times_.stalled[cause] += until - waited_to_;
  time_of(task).stalled[cause] += until - waited_to_;
  waited_to_ = until;
}

void TileBooks::starts(const Task& task, base::TimePs now) {
  began_ = now;
  if (traced_ != nullptr && traced_->instance == task.instance) {
    traced_ = &task;
    return;
  }
  end_slice();
  traced_ = &task;
  traced_from_ = now;
}

/// Of the operation whose last task computed.
void TileBooks::end_slice() {
  if (traced_ == nullptr) return;
  trace_.slice(track_, (*op_names_)[static_cast<std::size_t>(traced_->op)],
               std::string(workload::name_of(traced_->phase)), traced_from_, last_end_);
}

Computed computed(const Task& task, const TaskSpan& span) {
  const std::int64_t cycles = std::max<std::int64_t>(1, task.compute_cycles());
  const base::TimePs any = span.end - span.begin;
  return {any, static_cast<base::TimePs>(static_cast<double>(any) * static_cast<double>(task.array_cycles) /
                                         static_cast<double>(cycles))};
}

Computed TileBooks::computed(const Task& task, base::TimePs now) {
  const auto phase = static_cast<std::size_t>(task.phase);
  const Computed done = npu::computed(task, {began_, now});
  times_.last_phase = task.phase;
  times_.exclusive[phase] += now - last_end_;
  times_.busy[phase] += done.any;
  times_.array_busy += done.array;
  WorkTime& work = time_of(task);
  work.exclusive += now - last_end_;
  work.computing += done.any;
  work.array_busy += done.array;
  count(task, began_, now);
  times_.tasks.push_back({began_, now});
  last_end_ = waited_to_ = now;
  return done;
}

void TileBooks::count(const Task& task, base::TimePs begin, base::TimePs end) {
  const stats::Counts counts = activity_of(task, register_bits_);
  for (std::size_t kind = 0; kind < counts.size(); ++kind)
    if (counts[kind] != 0)
      ledger_.add(block_, static_cast<ActivityKind>(kind), task.layer, static_cast<int>(task.phase), begin,
                  end, counts[kind]);
}

void TileBooks::moved(int layer, int phase, base::TimePs issued, base::TimePs now, std::uint64_t bytes) {
  ledger_.add(block_, ActivityKind::dma_byte, layer, phase, issued, now, static_cast<std::int64_t>(bytes));
}

void TileBooks::finishes(const Task& last, base::TimePs now) {
  const base::TimePs storing = now - last_end_;
  const auto cause = static_cast<std::size_t>(Stall::data);
  times_.exclusive[static_cast<std::size_t>(last.phase)] += storing;
  times_.stalled[cause] += storing;
  WorkTime& work = time_of(last);
  work.exclusive += storing;
  work.stalled[cause] += storing;
}

}  // namespace kiln::npu
