// SPDX-License-Identifier: MIT
#include "lowering/emitter.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace kiln::lowering {

using workload::Op;
using workload::OpKind;
using workload::Phase;
using workload::Tensor;
using workload::TensorClass;

namespace {

std::int64_t scaled(std::int64_t amount, const Share& part) {
  return static_cast<std::int64_t>(part.bytes(static_cast<std::uint64_t>(amount)));
}

}  // namespace

Emitter::Emitter(const workload::StepGraph& graph, const Target& target, const CompressionPlan& compression,
                 const MemoryPlan& memory, const std::vector<ScheduledOp>& schedule,
                 const Residency& residency, std::vector<bool> encoded_at_once, LoweredStep& out)
    : graph_(graph),
      target_(target),
      compression_(compression),
      memory_(memory),
      schedule_(schedule),
      residency_(residency),
      encoded_at_once_(std::move(encoded_at_once)),
      out_(out),
      costing_(target),
      writers_(graph.tensors.size()),
      last_weight_use_(graph.layers.size(), -1) {}

std::uint64_t Emitter::Flows::bytes() const {
  std::uint64_t sum = 0;
  for (const auto* list : {&reads, &writes})
    for (const Operand& operand : *list)
      if (!operand.resident) sum += operand.bytes;
  return sum;
}

int Emitter::workers(std::int32_t layer) const {
  return layer >= 0 && out_.mapping_of_layer[static_cast<std::size_t>(layer)] == "data" ? target_.tiles : 1;
}

void Emitter::emit(std::int32_t position) {
  const ScheduledOp& scheduled = schedule_[static_cast<std::size_t>(position)];
  const Op& op = graph_.ops[static_cast<std::size_t>(scheduled.op)];
  const std::uint64_t reserved = residency_.reserved[static_cast<std::size_t>(position)];
  for (int tile = 0; tile < target_.tiles; ++tile) {
    TileProgram& program = out_.tiles[static_cast<std::size_t>(tile)];
    const Context c{op,
                    scheduled,
                    position,
                    tile,
                    share_of(scheduled.units, target_.tiles, tile),
                    program,
                    target_.local_sram_bytes - reserved};
    const std::size_t first_task = program.tasks.size();
    if (!c.share.empty()) emit_for_tile(c);
    note_copies(c, program.tasks.size() > first_task);
    mark_ends(c, first_task);
  }
  if (out_.participants[static_cast<std::size_t>(position)] == 0)
    return;  // nothing to do under this mapping or codec
  for (const workload::TensorId id : op.writes) {
    const Tensor& tensor = graph_.tensors[static_cast<std::size_t>(id)];
    const bool copy = extent_of(graph_, op, tensor, scheduled.mapping, true) == Extent::worker_copy;
    writers_[static_cast<std::size_t>(id)] = {position, scheduled.mapping, scheduled.units, copy};
  }
  if (op.layer >= 0 && op.phase == Phase::dgrad)
    last_weight_use_[static_cast<std::size_t>(op.layer)] = position;
}

void Emitter::emit_for_tile(const Context& c) {
  switch (c.op.kind) {
    case OpKind::gemm:
      return emit_gemm(c);
    case OpKind::depthwise:
      return emit_stream(c, flows(c));
    case OpKind::vector:
    case OpKind::gather:
      return emit_stream(c, flows(c));
    case OpKind::compress: {
      const bool own_pass = compression_.stored_encoded() && workers(c.op.layer) > 1 &&
                            !encoded_at_once_[static_cast<std::size_t>(c.op.layer)] &&
                            holders_.at(c.op.reads.front())[static_cast<std::size_t>(c.tile)];
      if (!own_pass) return;
      Flows gradient;
      gradient.reads.push_back(operand(c, c.op.reads.front(), false));
      add_gradient_writes(c, c.op.reads.front(), gradient);
      return emit_stream(c, std::move(gradient));
    }
    case OpKind::reduce:
      if (workers(c.op.layer) > 1) emit_reduce(c);
      return;
    case OpKind::update:
      if (workers(c.op.layer) == 1) emit_update(c);  // else chunk by chunk behind the reduction
      return;
  }
}

Dependency Emitter::dependency(const Context& c, workload::TensorId id, Extent extent) const {
  const Writer& writer = writers_[static_cast<std::size_t>(id)];
  if (writer.instance < 0) return {};
  if (extent == Extent::worker_copy || (writer.worker_copy && extent != Extent::whole))
    return {writer.instance, c.op.all_reduce};
  const bool alike = extent == Extent::slice && writer.mapping == c.scheduled.mapping &&
                     !c.scheduled.needs_neighbours &&
                     share_of(writer.units, target_.tiles, c.tile).same_fraction(c.share);
  return {writer.instance, !alike};
}

Operand Emitter::operand(const Context& c, workload::TensorId id, bool written) const {
  const Tensor& tensor = graph_.tensors[static_cast<std::size_t>(id)];
  const Extent extent = extent_of(graph_, c.op, tensor, c.scheduled.mapping, written);
  const auto all = static_cast<std::uint64_t>(moved_bytes(c.op, tensor));
  const bool cut = extent == Extent::slice || moves_rows(c.op, tensor);  // each tile has its tokens' rows
  Operand o;
  o.tensor = id;
  o.cls = tensor.cls;
  o.location = memory_.tensors[static_cast<std::size_t>(id)];
  if (compression_.site == sim::CodingSite::router && tensor.cls == TensorClass::weight_gradient)
    code_in_routers(tensor, o);
  o.bytes = cut ? c.share.bytes(all) : all;
  o.offset = cut ? c.share.offset(all) : 0;
  if (extent == Extent::worker_copy && workers(tensor.layer) > 1)
    o.offset += o.location.copy_bytes * static_cast<std::uint64_t>(c.tile);
  o.once = !cut && tensor.cls != TensorClass::weight_gradient;
  if (written) {
    const Stay* stay = residency_.begun_at(id, c.position);
    o.resident = stay != nullptr && !stay->stored;
    return o;
  }
  o.after = dependency(c, id, extent);
  o.resident = residency_.stay_at(id, c.position) != nullptr;
  if (extent == Extent::slice && is_per_sample(tensor.cls)) {
    const std::int64_t rows = halo_rows(c.op, c.share, tensor.samples);
    o.halo_bytes =
        static_cast<std::uint64_t>(rows) *
        (all / static_cast<std::uint64_t>(std::max<std::int64_t>(1, tensor.samples * tensor.rows())));
  }
  return o;
}

/// Routers code gradients on the links only: memory and tiles see them plain. What would grow is sent plain.
void Emitter::code_in_routers(const Tensor& gradient, Operand& o) const {
  const LayerCodec& codec = compression_.layers[static_cast<std::size_t>(gradient.layer)];
  const double ratio = static_cast<double>(codec.payload_bytes) /
                       static_cast<double>(std::max<std::int64_t>(1, gradient.bytes()));
  if (ratio >= 1) return;
  o.wire_ratio = ratio;
  o.site = sim::CodingSite::router;
  o.plain_ratio = 1;
}

Operand Emitter::codec_operand(const Context& c, const Location& location, std::uint64_t bytes,
                               workload::TensorId gradient) const {
  Operand o;
  o.tensor = gradient;
  o.cls = TensorClass::weight_gradient;
  o.location = location;
  o.offset = location.copy_bytes * static_cast<std::uint64_t>(c.tile);
  o.bytes = bytes;
  return o;
}

/// The encoded gradient. An engine in the network interface codes it on its way; else the tile has done so.
Operand Emitter::payload_operand(const Context& c, workload::TensorId gradient) const {
  const Tensor& tensor = graph_.tensors[static_cast<std::size_t>(gradient)];
  const auto layer = static_cast<std::size_t>(tensor.layer);
  const std::uint64_t bytes = compression_.layers[layer].payload_bytes;
  Operand o = codec_operand(c, memory_.payloads[layer], bytes, gradient);
  if (compression_.site == sim::CodingSite::ni) {
    o.site = sim::CodingSite::ni;
    o.plain_ratio =
        static_cast<double>(tensor.bytes()) / static_cast<double>(std::max<std::uint64_t>(1, bytes));
  }
  return o;
}

/// The gradient leaves the tile encoded, with the codec's state beside it; or plain.
void Emitter::add_gradient_writes(const Context& c, workload::TensorId gradient, Flows& flows) const {
  const auto layer = static_cast<std::size_t>(graph_.tensors[static_cast<std::size_t>(gradient)].layer);
  flows.writes.push_back(payload_operand(c, gradient));
  const Location& state = memory_.residuals[layer];
  if (!state.placed) return;
  const auto elements = static_cast<double>(graph_.tensors[static_cast<std::size_t>(gradient)].elements());
  Operand residual = codec_operand(
      c, state, static_cast<std::uint64_t>(compression_.state_bytes_per_element * elements), gradient);
  residual.codec_state = true;
  flows.reads.push_back(residual);
  flows.writes.push_back(residual);
}

Emitter::Flows Emitter::flows(const Context& c) const {
  Flows flows;
  for (const workload::TensorId id : c.op.reads) flows.reads.push_back(operand(c, id, false));
  for (const workload::TensorId id : c.op.writes) {
    const Tensor& tensor = graph_.tensors[static_cast<std::size_t>(id)];
    const bool gradient = tensor.cls == TensorClass::weight_gradient;
    if (gradient && encoded_at_once_[static_cast<std::size_t>(tensor.layer)]) {
      add_gradient_writes(c, id, flows);
    } else {
      flows.writes.push_back(operand(c, id, true));
    }
  }
  return flows;
}

Task& Emitter::begin_task(const Context& c) {
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

Transfer Emitter::transfer(const Operand& o, const Share& part, std::uint64_t bytes) const {
  const auto scaled_bytes = [&](double ratio) {
    return static_cast<std::uint64_t>(std::ceil(static_cast<double>(bytes) * ratio));
  };
  return {o.location.home,
          o.cls,
          o.tensor,
          o.location.address + o.offset + part.offset(o.bytes),
          bytes,
          scaled_bytes(o.wire_ratio),
          {o.site, scaled_bytes(o.plain_ratio)},
          {},
          o.codec_state};
}

void Emitter::load(const Context& c, const Operand& o, const Share& part, bool with_halo) {
  if (o.resident) return;
  const std::uint64_t bytes = part.bytes(o.bytes) + (with_halo ? o.halo_bytes : 0);
  if (bytes == 0) return;
  c.program.loads.push_back(transfer(o, part, bytes));
  c.program.loads.back().after = o.after;
}

void Emitter::store(const Context& c, const Operand& o, const Share& part) {
  if (o.resident) return;
  const std::uint64_t bytes = part.bytes(o.bytes);
  if (bytes == 0) return;
  c.program.stores.push_back(transfer(o, part, bytes));
}

void Emitter::finish_task(const Context& c, Task& task) {
  task.load_end = static_cast<std::uint32_t>(c.program.loads.size());
  task.store_end = static_cast<std::uint32_t>(c.program.stores.size());
  // What the DMA brings passes through the local SRAM once each way.
  for (std::uint32_t i = task.load_begin; i < task.load_end; ++i)
    task.sram_write_bytes += static_cast<std::int64_t>(c.program.loads[i].bytes);
  for (std::uint32_t i = task.store_begin; i < task.store_end; ++i)
    task.sram_read_bytes += static_cast<std::int64_t>(c.program.stores[i].bytes);
}

void Emitter::add_codec_work(const Context& c, Task& task, const Share& part) const {
  const bool here = (c.op.kind == OpKind::compress ||
                     encoded_at_once_[static_cast<std::size_t>(std::max(0, c.op.layer))]) &&
                    c.op.layer >= 0;
  const bool writes_gradient =
      c.op.kind == OpKind::compress || std::any_of(c.op.writes.begin(), c.op.writes.end(), [&](auto id) {
        return graph_.tensors[static_cast<std::size_t>(id)].cls == TensorClass::weight_gradient;
      });
  if (!here || !writes_gradient || !compression_.enabled()) return;
  const workload::TensorId gradient =
      c.op.kind == OpKind::compress ? c.op.reads.front() : c.op.writes.front();
  const compression::WorkCounts& work =
      compression_.layers[static_cast<std::size_t>(graph_.tensors[static_cast<std::size_t>(gradient)].layer)]
          .work;
  if (compression_.site != sim::CodingSite::ni) {
    task.codec_cycles += scaled(target_.codec_cycles(work), part);
    task.codec_elements += scaled(work.elements, part);
  }
  task.codec_compares += scaled(work.compares, part);
  task.residual_bytes += scaled(4 * (work.residual_reads + work.residual_writes), part);
}

/// A tile without a part of the batch has no gradient of its own to be coded or summed.
void Emitter::note_copies(const Context& c, bool has_tasks) {
  if (c.op.phase != Phase::wgrad) return;
  for (const workload::TensorId id : c.op.writes) {
    if (graph_.tensors[static_cast<std::size_t>(id)].cls != TensorClass::weight_gradient) continue;
    std::vector<bool>& holders = holders_[id];
    holders.resize(static_cast<std::size_t>(target_.tiles), false);
    if (has_tasks) holders[static_cast<std::size_t>(c.tile)] = true;
  }
}

void Emitter::mark_ends(const Context& c, std::size_t first_task) {
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
