// SPDX-License-Identifier: MIT
#include "lowering/task_writer.h"

#include <algorithm>
#include <cmath>

namespace kiln::lowering {

using workload::OpKind;

namespace {

std::int64_t scaled(std::int64_t amount, const Share& part) {
  return static_cast<std::int64_t>(part.bytes(static_cast<std::uint64_t>(amount)));
}

}  // namespace

Task& TaskWriter::begin(const TilePart& c) const {
  Task task;
  task.instance = c.position;
  task.op = c.scheduled.op;
  task.layer = c.op.layer;
  task.phase = c.op.phase;
  task.precision = c.op.precision;
  task.load_begin = static_cast<std::uint32_t>(c.program.loads.size());
  task.store_begin = static_cast<std::uint32_t>(c.program.stores.size());
  c.program.tasks.push_back(task);
  return c.program.tasks.back();
}

Transfer TaskWriter::transfer(const Operand& o, const Share& of, std::uint64_t bytes) const {
  const auto scaled_bytes = [&](double ratio) {
    return static_cast<std::uint64_t>(std::ceil(static_cast<double>(bytes) * ratio));
  };
  const bool gradient = o.cls == workload::TensorClass::weight_gradient && !o.codec_state;
  const double overhead = gradient ? plan_.compression.link_overhead : 1;
  return {o.location.home,
          o.cls,
          o.tensor,
          o.location.address + o.offset + of.offset(o.bytes),
          bytes,
          scaled_bytes(o.wire_ratio * overhead),
          {o.site, scaled_bytes(o.plain_ratio)},
          {},
          o.codec_state};
}

void TaskWriter::load(const TilePart& c, const Operand& o, const Share& of, bool with_halo) const {
  if (o.resident) return;
  const std::uint64_t bytes = of.bytes(o.bytes) + (with_halo ? o.halo_bytes : 0);
  if (bytes == 0) return;
  c.program.loads.push_back(transfer(o, of, bytes));
  c.program.loads.back().after = o.after;
}

void TaskWriter::store(const TilePart& c, const Operand& o, const Share& of) const {
  if (o.resident) return;
  const std::uint64_t bytes = of.bytes(o.bytes);
  if (bytes == 0) return;
  c.program.stores.push_back(transfer(o, of, bytes));
}

void TaskWriter::add_vector_work(Task& task, double operations) const {
  task.vector_ops += static_cast<std::int64_t>(operations);
  task.vector_cycles += costing_.vector_cycles(operations);
}

void TaskWriter::add_codec_work(const TilePart& c, Task& task, const Share& of) const {
  const bool own_pass = c.op.kind == OpKind::compress;
  const bool here =
      c.op.layer >= 0 && (own_pass || plan_.encoded_at_once[static_cast<std::size_t>(c.op.layer)]);
  const bool writes_gradient = own_pass || std::any_of(c.op.writes.begin(), c.op.writes.end(),
                                                       [&](auto id) { return plan_.is_gradient(id); });
  if (!here || !writes_gradient || !plan_.compression.enabled()) return;
  const workload::TensorId gradient = own_pass ? c.op.reads.front() : c.op.writes.front();
  const compression::WorkCounts& work =
      plan_.compression.layers[static_cast<std::size_t>(plan_.tensor(gradient).layer)].work;
  if (plan_.compression.site != sim::CodingSite::ni) {
    task.codec_cycles += scaled(plan_.target.codec_cycles(work), of);
    task.codec_elements += scaled(work.elements, of);
  }
  task.codec_compares += scaled(work.compares, of);
  task.residual_bytes += scaled(4 * (work.residual_reads + work.residual_writes), of);
}

void TaskWriter::finish(const TilePart& c, Task& task) const {
  task.load_end = static_cast<std::uint32_t>(c.program.loads.size());
  task.store_end = static_cast<std::uint32_t>(c.program.stores.size());
  // What the DMA brings passes through the local SRAM once each way.
  for (std::uint32_t i = task.load_begin; i < task.load_end; ++i)
    task.sram_write_bytes += static_cast<std::int64_t>(c.program.loads[i].bytes);
  for (std::uint32_t i = task.store_begin; i < task.store_end; ++i)
    task.sram_read_bytes += static_cast<std::int64_t>(c.program.stores[i].bytes);
}

}  // namespace kiln::lowering
