// SPDX-License-Identifier: MIT
// Tasks of operations that stream through their tensors once: vector operations, depthwise convolutions,
// COMPRESS, REDUCE and UPDATE.
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "lowering/emitter.h"

namespace kiln::lowering {

using workload::OpKind;
using workload::Phase;
using workload::TensorClass;

namespace {

/// Chunks of a stream of `bytes`: small enough for double buffering, enough of them to overlap, none tiny.
std::int64_t chunks_for(std::uint64_t bytes, std::uint64_t capacity) {
  const std::uint64_t largest = std::max<std::uint64_t>(1, capacity / 2);
  const auto needed = static_cast<std::int64_t>((bytes + largest - 1) / largest);
  const auto not_tiny = static_cast<std::int64_t>(bytes / kSmallestChunkBytes);
  return std::max<std::int64_t>({1, needed, std::min(kPipelineTasks, not_tiny)});
}

}  // namespace

void Emitter::add_depthwise_work(const Context& c, Task& task, std::int64_t chunk, std::int64_t chunks) {
  GemmShape shape{c.op.gemm.m, c.op.gemm.n, c.op.gemm.k, c.op.gemm.repeats};
  std::int64_t& extent = divided_extent(graph_, c.op, c.scheduled.mapping, shape);
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
  const double sum_bytes = target_.accumulator_sram_bytes > 0 ? word : target_.accumulator_bytes;
  task.sram_write_bytes += static_cast<std::int64_t>(sum_bytes * static_cast<double>(cost.array.c_writes));
}

void Emitter::emit_stream(const Context& c, Flows flows) {
  const std::int64_t chunks = chunks_for(flows.bytes(), c.capacity);
  // A second pass finds its data on chip only when all of it is there at once.
  const int passes = std::max(1, c.op.vector.passes);
  const bool reread = passes > 1 && flows.bytes() > c.capacity;
  const Share whole{0, 1, 1};
  for (int pass = 0; pass < (reread ? passes : 1); ++pass) {
    for (std::int64_t i = 0; i < chunks; ++i) {
      const Share part = whole.part(i, chunks);
      const bool last_pass = !reread || pass == passes - 1;
      Task& task = begin_task(c);
      for (const Operand& o : flows.reads)
        if (!o.once)
          load(c, o, part, i == 0);
        else if (i == 0 && pass == 0)
          load(c, o, whole);
      if (last_pass)
        for (const Operand& o : flows.writes) store(c, o, part);
      double ops = static_cast<double>(c.op.vector.elements) * c.op.vector.ops_per_element *
                   c.share.fraction() / static_cast<double>(chunks);
      if (!reread) ops *= passes;
      task.vector_ops += static_cast<std::int64_t>(ops);
      task.vector_cycles += costing_.vector_cycles(ops);
      if (c.op.kind == OpKind::depthwise) add_depthwise_work(c, task, i, chunks);
      if (last_pass) add_codec_work(c, task, part);
      finish_task(c, task);
    }
  }
}

void Emitter::emit_reduce(const Context& c) {
  const workload::TensorId gradient = c.op.reads.front();
  const auto layer = static_cast<std::size_t>(c.op.layer);
  const workload::Tensor& tensor = graph_.tensors[static_cast<std::size_t>(gradient)];
  const bool encoded = compression_.stored_encoded();
  const int workers = target_.tiles;
  const std::vector<bool>& holders = holders_.at(gradient);
  const auto copies = static_cast<double>(std::count(holders.begin(), holders.end(), true));
  Operand from = operand(c, gradient, false);
  from.bytes = static_cast<std::uint64_t>(tensor.bytes());
  if (encoded) {
    const Operand payload = payload_operand(c, gradient);
    from.location = payload.location;
    from.bytes = payload.bytes;
    from.site = payload.site;
    from.plain_ratio = payload.plain_ratio;
  }
  from.after = {writers_[static_cast<std::size_t>(gradient)].instance, true};
  const Share mine = share_of(workers, workers, c.tile);
  const std::uint64_t slice_bytes = mine.bytes(from.bytes) * static_cast<std::uint64_t>(workers) +
                                    4 * mine.bytes(static_cast<std::uint64_t>(tensor.elements())) * 4;
  const std::int64_t chunks = chunks_for(slice_bytes, c.capacity);
  const std::int64_t coded = encoded && compression_.layers[layer].work.coded_values > 0
                                 ? compression_.layers[layer].work.coded_values
                                 : tensor.elements();
  for (std::int64_t i = 0; i < chunks; ++i) {
    const Share chunk = mine.part(i, chunks);
    Task& task = begin_task(c);
    for (int step = 1; step <= workers;
         ++step) {  // rotated order: owners do not all start at the same worker
      const auto worker = static_cast<std::size_t>((c.tile + step) % workers);
      if (!holders[worker]) continue;
      from.offset = from.location.copy_bytes * worker;
      load(c, from, chunk);
    }
    // Every worker's coded values of this slice are decoded, unless the network interface has done so, and
    // added; a sparse sum starts from zeros.
    const bool decodes = encoded && compression_.site != sim::CodingSite::ni;
    const double ops =
        static_cast<double>(coded) * chunk.fraction() * copies * (decodes ? 2 : 1) +
        (coded < tensor.elements() ? static_cast<double>(tensor.elements()) * chunk.fraction() : 0);
    task.vector_ops += static_cast<std::int64_t>(ops);
    task.vector_cycles += costing_.vector_cycles(ops);
    if (decodes)
      task.codec_elements +=
          static_cast<std::int64_t>(static_cast<double>(coded) * chunk.fraction() * copies);
    finish_task(c, task);
    emit_update_chunk(c, chunk, true);
  }
}

void Emitter::emit_update_chunk(const Context& c, const Share& chunk, bool gradient_resident) {
  // The UPDATE of a layer stands right behind its REDUCE in the schedule.
  const std::int32_t position = c.op.kind == OpKind::update ? c.position : c.position + 1;
  const ScheduledOp& scheduled = schedule_[static_cast<std::size_t>(position)];
  const workload::Op& op = graph_.ops[static_cast<std::size_t>(scheduled.op)];
  KILN_CHECK(op.kind == OpKind::update && op.layer == c.op.layer, "{} is not followed by its update",
             c.op.name);
  const Context update{op, scheduled, position, c.tile, chunk, c.program, c.capacity};
  Task& task = begin_task(update);
  const auto parameter = [&](workload::TensorId id) {
    Operand o;
    const workload::Tensor& tensor = graph_.tensors[static_cast<std::size_t>(id)];
    o.tensor = id;
    o.cls = tensor.cls;
    o.location = memory_.tensors[static_cast<std::size_t>(id)];
    o.bytes = static_cast<std::uint64_t>(tensor.bytes());
    o.resident = tensor.cls == TensorClass::weight_gradient && gradient_resident;
    o.after = {writers_[static_cast<std::size_t>(id)].instance, true};
    return o;
  };
  for (const workload::TensorId id : op.reads) load(update, parameter(id), chunk);
  for (const workload::TensorId id : op.writes) store(update, parameter(id), chunk);
  const double ops = static_cast<double>(op.vector.elements) * op.vector.ops_per_element * chunk.fraction();
  task.vector_ops += static_cast<std::int64_t>(ops);
  task.vector_cycles += costing_.vector_cycles(ops);
  // New weights must not overtake a slower tile that still reads the old ones.
  task.after = {last_weight_use_[static_cast<std::size_t>(op.layer)], true};
  finish_task(update, task);
  if (c.op.kind != OpKind::reduce) return;
  const bool first = chunk.begin * c.scheduled.units == c.share.begin * chunk.total;
  const bool last = chunk.end * c.scheduled.units == c.share.end * chunk.total;
  task.first_of_op = first;
  task.last_of_op = last;
  if (last) ++out_.participants[static_cast<std::size_t>(position)];
}

void Emitter::emit_update(const Context& c) {
  std::uint64_t bytes = 0;
  for (const auto* list : {&c.op.reads, &c.op.writes})
    for (const workload::TensorId id : *list)
      bytes +=
          c.share.bytes(static_cast<std::uint64_t>(graph_.tensors[static_cast<std::size_t>(id)].bytes()));
  const std::int64_t chunks = chunks_for(bytes, c.capacity);
  for (std::int64_t i = 0; i < chunks; ++i) emit_update_chunk(c, c.share.part(i, chunks), false);
}

}  // namespace kiln::lowering
