// SPDX-License-Identifier: MIT
#include "lowering/operands.h"

#include <algorithm>

#include "lowering/product_slices.h"

namespace kiln::lowering {

using workload::Tensor;
using workload::TensorClass;

Operand part_of(Operand operand, const Share& share) {
  operand.offset += share.offset(operand.bytes);
  operand.bytes = share.bytes(operand.bytes);
  return operand;
}

std::uint64_t Flows::bytes() const {
  std::uint64_t sum = 0;
  for (const auto* list : {&reads, &writes})
    for (const Operand& operand : *list)
      if (!operand.resident) sum += operand.bytes;
  return sum;
}

Dependency Operands::dependency(const TilePart& c, workload::TensorId id, Extent extent) const {
  const Writer& writer = writers_[static_cast<std::size_t>(id)];
  if (writer.instance < 0) return {};
  if (extent == Extent::worker_copy || (writer.worker_copy && extent != Extent::whole))
    return {writer.instance, c.op.all_reduce};
  // What passes over weights have written lies in other parts than channels of a table are.
  const bool alike = extent == Extent::slice && !plan_.tensor(id).persistent && !writer.part &&
                     touches_all(c.op, plan_.tensor(id)) &&
                     finds_own_slice(plan_.graph, plan_.tensor(id),
                                     plan_.schedule[static_cast<std::size_t>(writer.instance)], c.scheduled,
                                     plan_.target.tiles, c.tile);
  return {writer.instance, !alike};
}

Operand Operands::slice(const TilePart& c, const Tensor& tensor, Extent extent) const {
  const auto all = static_cast<std::uint64_t>(moved_bytes(c.op, tensor));
  const bool cut = extent == Extent::slice || moves_rows(c.op, tensor);  // each tile has its tokens' rows
  Operand o;
  o.tensor = tensor.id;
  o.cls = tensor.cls;
  o.location = plan_.memory.tensors[static_cast<std::size_t>(tensor.id)];
  if (plan_.compression.site == sim::CodingSite::router && tensor.cls == TensorClass::weight_gradient)
    code_in_routers(tensor, o);
  const Share share = extent == Extent::slice ? slice_of(plan_.graph, c.op, tensor, c.share) : c.share;
  o.bytes = cut ? share.bytes(all) : all;
  o.offset = moved_from(c.op, tensor) + (cut ? share.offset(all) : 0);
  if (extent == Extent::worker_copy && plan_.workers(tensor.layer) > 1)
    o.offset += o.location.copy_bytes * static_cast<std::uint64_t>(c.tile);
  o.once = !cut && tensor.cls != TensorClass::weight_gradient;
  return o;
}

Operand Operands::write(const TilePart& c, workload::TensorId id) const {
  const Tensor& tensor = plan_.tensor(id);
  Operand o = slice(c, tensor, extent_of(plan_.graph, c.op, tensor, c.scheduled.mapping, true));
  const Stay* stay = plan_.residency.begun_at(id, c.position);
  o.resident = stay != nullptr && !stay->stored;
  return o;
}

void Operands::add_write(const TilePart& c, workload::TensorId id, Flows& flows) const {
  flows.writes.push_back(write(c, id));
  if (adds_to_others(c, id)) flows.reads.push_back(flows.writes.back());
}

/// The first heads of the group are on the tile before this one, which has begun the sum. Which of them adds
/// first is not modelled: nobody waits.
bool Operands::adds_to_others(const TilePart& c, workload::TensorId id) const {
  const Tensor& tensor = plan_.tensor(id);
  const bool sliced = extent_of(plan_.graph, c.op, tensor, c.scheduled.mapping, true) == Extent::slice;
  const bool adds_anyway = std::find(c.op.reads.begin(), c.op.reads.end(), id) != c.op.reads.end();
  if (!sliced || adds_anyway) return false;
  const Share own = slice_of(plan_.graph, c.op, tensor, c.share);
  return own.begin * c.share.total != c.share.begin * own.total;
}

Operand Operands::read(const TilePart& c, workload::TensorId id) const {
  const Tensor& tensor = plan_.tensor(id);
  const Extent extent = extent_of(plan_.graph, c.op, tensor, c.scheduled.mapping, false);
  Operand o = slice(c, tensor, extent);
  o.after = dependency(c, id, extent);
  o.resident = plan_.residency.stay_at(id, c.position) != nullptr;
  if (extent == Extent::slice && is_per_sample(tensor.cls)) {
    const auto all = static_cast<std::uint64_t>(moved_bytes(c.op, tensor));
    const std::int64_t rows = halo_rows(c.op, c.share, tensor.samples);
    o.halo_bytes =
        static_cast<std::uint64_t>(rows) *
        (all / static_cast<std::uint64_t>(std::max<std::int64_t>(1, tensor.samples * tensor.rows())));
  }
  return o;
}

/// Routers code gradients on the links only: memory and tiles see them plain. What would grow is sent plain.
void Operands::code_in_routers(const Tensor& gradient, Operand& o) const {
  const LayerCodec& codec = plan_.compression.layers[static_cast<std::size_t>(gradient.layer)];
  const double ratio = static_cast<double>(codec.payload_bytes) /
                       static_cast<double>(std::max<std::int64_t>(1, gradient.bytes()));
  if (ratio >= 1) return;
  o.wire_ratio = ratio;
  o.site = sim::CodingSite::router;
  o.plain_ratio = 1;
}

Operand Operands::codec_operand(const TilePart& c, const Location& location, std::uint64_t bytes,
                                workload::TensorId gradient) const {
  Operand o;
  o.tensor = gradient;
  o.cls = TensorClass::weight_gradient;
  o.location = location;
  o.offset = location.copy_bytes * static_cast<std::uint64_t>(c.tile);
  o.bytes = bytes;
  return o;
}

Operand Operands::payload(const TilePart& c, workload::TensorId gradient) const {
  const Tensor& tensor = plan_.tensor(gradient);
  const auto layer = static_cast<std::size_t>(tensor.layer);
  const std::uint64_t bytes = plan_.compression.layers[layer].payload_bytes;
  Operand o = codec_operand(c, plan_.memory.payloads[layer], bytes, gradient);
  if (plan_.compression.site == sim::CodingSite::ni) {
    o.site = sim::CodingSite::ni;
    o.plain_ratio =
        static_cast<double>(tensor.bytes()) / static_cast<double>(std::max<std::uint64_t>(1, bytes));
  }
  return o;
}

void Operands::add_gradient_writes(const TilePart& c, workload::TensorId gradient, Flows& flows) const {
  const Tensor& tensor = plan_.tensor(gradient);
  flows.writes.push_back(payload(c, gradient));
  const Location& state = plan_.memory.residuals[static_cast<std::size_t>(tensor.layer)];
  if (!state.placed) return;
  const std::uint64_t bytes = plan_.compression.state_bytes(tensor.layer, tensor.elements());
  Operand residual = codec_operand(c, state, bytes, gradient);
  residual.codec_state = true;
  flows.reads.push_back(residual);
  flows.writes.push_back(residual);
}

Flows Operands::flows(const TilePart& c) const {
  Flows flows;
  for (const workload::TensorId id : c.op.reads) flows.reads.push_back(read(c, id));
  for (const workload::TensorId id : c.op.writes) {
    if (plan_.is_gradient(id) && plan_.encoded_at_once[static_cast<std::size_t>(plan_.tensor(id).layer)])
      add_gradient_writes(c, id, flows);
    else
      add_write(c, id, flows);
  }
  return flows;
}

Operand Operands::parameter(workload::TensorId id, bool gradient_resident) const {
  const Tensor& tensor = plan_.tensor(id);
  Operand o;
  o.tensor = id;
  o.cls = tensor.cls;
  o.location = plan_.memory.tensors[static_cast<std::size_t>(id)];
  o.bytes = static_cast<std::uint64_t>(tensor.bytes());
  o.resident = tensor.cls == TensorClass::weight_gradient && gradient_resident;
  o.after = after_writer(id);
  return o;
}

void Operands::note_writer(std::int32_t position) {
  const ScheduledOp& scheduled = plan_.schedule[static_cast<std::size_t>(position)];
  const workload::Op& op = plan_.graph.ops[static_cast<std::size_t>(scheduled.op)];
  for (const workload::TensorId id : op.writes) {
    const bool copy =
        extent_of(plan_.graph, op, plan_.tensor(id), scheduled.mapping, true) == Extent::worker_copy;
    const bool part = !touches_all(op, plan_.tensor(id));
    writers_[static_cast<std::size_t>(id)] = {position, copy, part};
  }
}

void Operands::note_copies(const TilePart& c, bool has_tasks) {
  if (c.op.phase != workload::Phase::wgrad) return;
  for (const workload::TensorId id : c.op.writes) {
    if (!plan_.is_gradient(id)) continue;
    std::vector<bool>& holders = holders_[id];
    holders.resize(static_cast<std::size_t>(plan_.target.tiles), false);
    if (has_tasks) holders[static_cast<std::size_t>(c.tile)] = true;
  }
}

}  // namespace kiln::lowering
