// SPDX-License-Identifier: MIT
#include "lowering/emitter.h"

#include <algorithm>

namespace kiln::lowering {

using workload::Op;
using workload::OpKind;
using workload::Phase;

Emitter::Emitter(const StepPlan& plan, LoweredStep& out)
    : plan_(plan),
      out_(out),
      costing_(plan.target),
      operands_(plan),
      tasks_(plan, costing_),
      array_(plan, operands_, tasks_, costing_),
      stream_(plan, tasks_, costing_),
      update_(plan, operands_, tasks_, out.participants),
      low_rank_(plan, operands_, tasks_, costing_, update_),
      passes_(plan, operands_, tasks_) {}

void Emitter::emit(std::int32_t position) {
  const ScheduledOp& scheduled = plan_.schedule[static_cast<std::size_t>(position)];
  const Op& op = plan_.graph.ops[static_cast<std::size_t>(scheduled.op)];
  const std::uint64_t reserved = plan_.residency.reserved[static_cast<std::size_t>(position)];
  const int tiles = plan_.target.tiles;
  for (int tile = 0; tile < tiles; ++tile) {
    TileProgram& program = out_.tiles[static_cast<std::size_t>(tile)];
    const TilePart part{op,
                        scheduled,
                        position,
                        tile,
                        share_of(scheduled.units, tiles, tile),
                        program,
                        plan_.target.local_sram_bytes - reserved};
    const std::size_t first_task = program.tasks.size();
    if (!part.share.empty()) emit_for_tile(part);
    operands_.note_copies(part, program.tasks.size() > first_task);
    mark_ends(part, first_task);
  }
  if (out_.participants[static_cast<std::size_t>(position)] == 0)
    return;  // nothing to do under this mapping or codec
  operands_.note_writer(position);
  passes_.note_reads(op, position);
  if (op.layer >= 0 && op.phase == Phase::dgrad) update_.note_weight_use(op.layer, position);
}

void Emitter::emit_for_tile(const TilePart& c) {
  switch (c.op.kind) {
    case OpKind::gemm:
      return array_.emit(c);
    case OpKind::depthwise:
    case OpKind::vector:
    case OpKind::gather:
      return stream_.emit(c, operands_.flows(c));
    case OpKind::compress:
      return emit_compress(c);
    case OpKind::reduce:
      if (plan_.workers(c.op.layer) == 1) return;
      return plan_.compression.low_rank(c.op.layer) ? low_rank_.emit_reduce(c) : update_.emit_reduce(c);
    case OpKind::update:
      if (plan_.workers(c.op.layer) == 1) update_.emit_update(c);  // else chunk by chunk behind the reduction
      return;
    case OpKind::perturb:
      return passes_.emit_perturb(c);
    case OpKind::project:
      return passes_.emit_projection(c);
  }
}

void Emitter::emit_compress(const TilePart& c) {
  const workload::TensorId gradient = c.op.reads.front();
  const bool own_pass = plan_.compression.stored_encoded(c.op.layer) && plan_.workers(c.op.layer) > 1 &&
                        !plan_.encoded_at_once[static_cast<std::size_t>(c.op.layer)] &&
                        operands_.holders(gradient)[static_cast<std::size_t>(c.tile)];
  if (!own_pass) return;
  if (plan_.compression.low_rank(c.op.layer)) return low_rank_.emit_compress(c);
  Flows flows;
  flows.reads.push_back(operands_.read(c, gradient));
  operands_.add_gradient_writes(c, gradient, flows);
  stream_.emit(c, flows);
}

void Emitter::mark_ends(const TilePart& c, std::size_t first_task) {
  auto& tasks = c.program.tasks;
  if (first_task == tasks.size()) return;
  const std::int32_t instance = c.position;
  const auto own = [&](const Task& task) { return task.instance == instance; };
  const auto first = std::find_if(tasks.begin() + static_cast<std::ptrdiff_t>(first_task), tasks.end(), own);
  if (first == tasks.end()) return;
  first->first_of_op = true;
  std::find_if(tasks.rbegin(), tasks.rend(), own)->last_of_op = true;
  ++out_.participants[static_cast<std::size_t>(instance)];
}

}  // namespace kiln::lowering
