// SPDX-License-Identifier: MIT
#include "lowering/pass_tasks.h"

#include <algorithm>

#include "lowering/stream_tasks.h"

namespace kiln::lowering {

using workload::Role;
using workload::TensorId;

void PassTasks::note_reads(const workload::Op& op, std::int32_t position) {
  if (op.kind == workload::OpKind::perturb) return;  // each tile reads what it has written
  for (const TensorId id : op.reads) last_read_[static_cast<std::size_t>(id)] = position;
}

Dependency PassTasks::before_change(const workload::Op& op) const {
  Dependency latest{-1, true};
  for (const workload::Operand& input : op.inputs) {
    const std::int32_t position = input.role == Role::slope
                                      ? operands_.after_writer(input.tensor).instance
                                      : last_read_[static_cast<std::size_t>(input.tensor)];
    latest.instance = std::max(latest.instance, position);
  }
  return latest;
}

void PassTasks::emit_perturb(const TilePart& c) {
  const TensorId moved = c.op.writes.front();
  Operand parameters = operands_.parameter(moved, false);
  parameters.after.all_tiles = false;  // each tile passes over the same share again
  const std::int64_t chunks = chunks_for(2 * c.share.bytes(parameters.bytes), c.capacity);
  for (std::int64_t i = 0; i < chunks; ++i) {
    const Share chunk = c.share.part(i, chunks);
    Task& task = tasks_.begin(c);
    tasks_.load(c, parameters, chunk);
    for (const TensorId id : c.op.reads)
      if (id != moved && i == 0) tasks_.load(c, operands_.parameter(id, false), {});
    tasks_.store(c, parameters, chunk);
    tasks_.add_vector_work(
        task, static_cast<double>(c.op.vector.elements) * c.op.vector.ops_per_element * chunk.fraction());
    task.after = before_change(c.op);
    tasks_.finish(c, task);
  }
}

void PassTasks::emit_projection(const TilePart& c) {
  if (c.tile != 0) return;
  const int workers = plan_.workers(c.op.layer);
  Task& task = tasks_.begin(c);
  for (const TensorId id : c.op.reads)
    for (int worker = 0; worker < workers; ++worker) {
      Operand loss = operands_.parameter(id, false);
      loss.offset = loss.location.copy_bytes * static_cast<std::uint64_t>(worker);
      tasks_.load(c, loss, {});
    }
  for (const TensorId id : c.op.writes) tasks_.store(c, operands_.parameter(id, false), {});
  tasks_.add_vector_work(task,
                         static_cast<double>(c.op.vector.elements) * c.op.vector.ops_per_element * workers);
  tasks_.finish(c, task);
}

}  // namespace kiln::lowering
