// SPDX-License-Identifier: MIT
#include "lowering/stream_tasks.h"

#include <algorithm>

namespace kiln::lowering {

using workload::OpKind;
using workload::Phase;

namespace {
constexpr std::uint64_t kSmallestChunkBytes = 8192;
}

std::int64_t chunks_for(std::uint64_t bytes, std::uint64_t capacity) {
  const std::uint64_t largest = std::max<std::uint64_t>(1, capacity / 2);
  const auto needed = static_cast<std::int64_t>((bytes + largest - 1) / largest);
  const auto not_tiny = static_cast<std::int64_t>(bytes / kSmallestChunkBytes);
  return std::max<std::int64_t>({1, needed, std::min(kPipelineTasks, not_tiny)});
}

void StreamTasks::add_depthwise_work(const TilePart& c, Task& task, std::int64_t chunk, std::int64_t chunks) {
  GemmShape shape{c.op.gemm.m, c.op.gemm.n, c.op.gemm.k, c.op.gemm.repeats};
  std::int64_t& extent = divided_extent(plan_.graph, c.op, c.scheduled.mapping, shape);
  const auto mine = static_cast<std::int64_t>(c.share.bytes(static_cast<std::uint64_t>(extent)));
  extent = mine * (chunk + 1) / chunks - mine * chunk / chunks;
  const std::int64_t pixels = c.op.phase == Phase::wgrad ? shape.k : shape.m;
  if (shape.repeats == 0 || pixels == 0) return;
  const Costing::Cost& cost = costing_.depthwise(costing_.depthwise_work(c.op, shape.repeats, pixels));
  task.array_cycles += cost.array.cycles;
  task.macs += cost.array.macs - cost.gated_macs;
  task.gated_macs += cost.gated_macs;
  task.skipped_macs += cost.skipped_macs;
  const double word = workload::bits_of(c.op.precision) / 8;
  task.sram_read_bytes +=
      static_cast<std::int64_t>(word * static_cast<double>(cost.array.a_reads + cost.array.b_reads));
  // Finished sums are narrowed on the way where the array has accumulators.
  const double sum_bytes =
      plan_.target.accumulator_sram_bytes > 0 ? word : plan_.target.sum_bytes(c.op.precision);
  task.sram_write_bytes += static_cast<std::int64_t>(sum_bytes * static_cast<double>(cost.array.c_writes));
}

void StreamTasks::emit(const TilePart& c, const Flows& flows) {
  const std::int64_t chunks = chunks_for(flows.bytes(), c.capacity);
  // A second pass finds its data on chip only when all of it is there at once.
  const int passes = std::max(1, c.op.vector.passes);
  const bool reread = passes > 1 && flows.bytes() > c.capacity;
  const Share whole{0, 1, 1};
  for (int pass = 0; pass < (reread ? passes : 1); ++pass) {
    for (std::int64_t i = 0; i < chunks; ++i) {
      const Share part = whole.part(i, chunks);
      const bool last_pass = !reread || pass == passes - 1;
      Task& task = tasks_.begin(c);
      for (const Operand& o : flows.reads)
        if (!o.once)
          tasks_.load(c, o, part, i == 0);
        else if (i == 0 && pass == 0)
          tasks_.load(c, o, whole);
      if (last_pass)
        for (const Operand& o : flows.writes) tasks_.store(c, o, part);
      double ops = static_cast<double>(c.op.vector.elements) * c.op.vector.ops_per_element *
                   c.share.fraction() / static_cast<double>(chunks);
      if (!reread) ops *= passes;
      tasks_.add_vector_work(task, ops);
      if (c.op.kind == OpKind::depthwise) add_depthwise_work(c, task, i, chunks);
      if (last_pass) tasks_.add_codec_work(c, task, part);
      tasks_.finish(c, task);
    }
  }
}

}  // namespace kiln::lowering
