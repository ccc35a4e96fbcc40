// SPDX-License-Identifier: MIT
#include "lowering/lower.h"

#include <algorithm>
#include <deque>
#include <limits>

#include "base/error.h"
#include "lowering/emitter.h"
#include "lowering/mapping.h"
#include "lowering/work.h"

namespace kiln::lowering {

using workload::OpKind;
using workload::Phase;
using workload::TensorClass;

namespace {

bool is_backward_end(Phase phase) {
  return phase == Phase::compress || phase == Phase::reduce || phase == Phase::update;
}

/// The passes over the weights once, the forward passes between them for every micro-batch.
std::vector<std::int32_t> zeroth_order(const workload::StepGraph& graph) {
  std::vector<std::int32_t> order;
  for (const workload::Stretch& stretch : workload::stretches_of(graph))
    for (int micro = 0; micro < (stretch.every_micro_batch ? graph.micro_batches : 1); ++micro)
      for (workload::OpId id = stretch.first; id < stretch.end; ++id) order.push_back(id);
  return order;
}

/// Order of execution: micro-batches repeat forward and backward; a REDUCE waits until `delay` more layers
/// have been through WGRAD, so that no tile idles for the slowest.
/// Factors of low rank take rounds: the first factors are summed before the second ones are formed, and these
/// before the gradient is.
std::vector<std::int32_t> execution_order(const workload::StepGraph& graph,
                                          const std::vector<bool>& in_rounds, std::int32_t delay) {
  if (graph.is_zeroth_order()) return zeroth_order(graph);
  std::vector<std::int32_t> order;
  for (int micro = 0; micro + 1 < graph.micro_batches; ++micro)
    for (const workload::Op& op : graph.ops)
      if (!is_backward_end(op.phase)) order.push_back(op.id);
  std::deque<std::pair<std::int32_t, std::int32_t>> waiting;  // (operation, WGRADs still to pass)
  std::int32_t compress_of_layer = -1;                        // stands in front of its REDUCE
  for (const workload::Op& op : graph.ops) {
    if (op.phase == Phase::reduce || op.phase == Phase::update) {
      waiting.emplace_back(op.id, delay);
      if (op.kind == OpKind::reduce && in_rounds[static_cast<std::size_t>(op.layer)])
        for (const std::int32_t next : {compress_of_layer, op.id, op.id}) waiting.emplace_back(next, delay);
      continue;
    }
    if (op.kind == OpKind::compress) compress_of_layer = op.id;
    order.push_back(op.id);
    if (op.phase != Phase::wgrad && op.phase != Phase::compress) continue;
    if (op.phase == Phase::wgrad)
      for (auto& entry : waiting) --entry.second;
    while (!waiting.empty() && waiting.front().second <= 0 && op.phase == Phase::wgrad) {
      order.push_back(waiting.front().first);
      waiting.pop_front();
    }
  }
  for (const auto& entry : waiting) order.push_back(entry.first);
  return order;
}

std::vector<bool> encoded_at_once(const workload::StepGraph& graph, const CompressionPlan& compression,
                                  const std::vector<int>& copies) {
  std::vector<int> writers(graph.layers.size(), 0);
  for (const workload::Op& op : graph.ops)
    if (op.phase == Phase::wgrad)
      for (const workload::TensorId id : op.writes)
        if (graph.tensors[static_cast<std::size_t>(id)].cls == TensorClass::weight_gradient)
          ++writers[static_cast<std::size_t>(graph.tensors[static_cast<std::size_t>(id)].layer)];
  std::vector<bool> at_once(graph.layers.size(), false);
  for (std::size_t layer = 0; layer < at_once.size(); ++layer)
    at_once[layer] = compression.stored_encoded() && compression.streaming && graph.micro_batches == 1 &&
                     writers[layer] == 1 && copies[layer] > 1 &&
                     compression.stored_encoded(static_cast<std::int32_t>(layer));
  return at_once;
}

/// The tiles that take part: all, or those that have a sample.
Target tiles_of(const workload::StepGraph& graph, const Target& target, const LoweringOptions& options) {
  Target part = target;
  part.tiles = std::clamp(options.tiles.value_or(target.tiles), 1, target.tiles);
  if (options.cut == SampleCut::samples && options.mapping != Mapping::channel)
    part.tiles = static_cast<int>(std::min<std::int64_t>(part.tiles, graph.batch));
  return part;
}

std::vector<ScheduledOp> schedule_of(const workload::StepGraph& graph, const Target& target,
                                     const std::vector<std::int32_t>& order,
                                     const std::vector<Mapping>& mappings, SampleCut cut) {
  std::vector<ScheduledOp> schedule;
  std::vector<std::int32_t> rounds(graph.ops.size(), 0);
  for (const std::int32_t id : order) {
    const workload::Op& op = graph.ops[static_cast<std::size_t>(id)];
    const Mapping mapping = op.layer >= 0 ? mappings[static_cast<std::size_t>(op.layer)] : Mapping::data;
    const bool over_workers = is_backward_end(op.phase);
    schedule.push_back({id, mapping, over_workers ? target.tiles : units_of(graph, op, mapping, cut),
                        reaches_over_cuts(graph, op, target.tiles, cut),
                        over_workers ? rounds[static_cast<std::size_t>(id)]++ : 0});
  }
  return schedule;
}

/// What is decided for the step as a whole.
struct Layout {
  Target target;  ///< the tiles that take part
  std::vector<Mapping> mappings;
  std::vector<int> copies;  ///< of a layer's gradient
  std::vector<bool> at_once;
  std::vector<std::int32_t> order;
  MemoryPlan memory;
};

Layout lay_out(const workload::StepGraph& graph, const Target& whole, const CompressionPlan& compression,
               const LoweringOptions& options) {
  Layout layout;
  layout.target = tiles_of(graph, whole, options);
  layout.mappings = choose_mappings(graph, layout.target, compression, options);
  for (const Mapping mapping : layout.mappings)
    layout.copies.push_back(mapping == Mapping::data ? layout.target.tiles : 1);
  layout.at_once = encoded_at_once(graph, compression, layout.copies);
  std::vector<bool> in_rounds;
  for (std::size_t layer = 0; layer < graph.layers.size(); ++layer)
    in_rounds.push_back(compression.low_rank(static_cast<std::int32_t>(layer)) && layout.copies[layer] > 1);
  layout.order = execution_order(graph, in_rounds, options.reduce_delay);
  layout.memory =
      plan_memory(graph, layout.target, compression, options, layout.copies, layout.at_once, layout.order);
  return layout;
}

TensorPlace place_of(const Location& at) {
  return {at.home, at.address + (at.home == Home::gradient_sram ? kGradientSram : 0), at.placed};
}

}  // namespace

std::uint64_t CompressionPlan::state_bytes(std::int32_t layer, std::int64_t elements) const {
  if (low_rank(layer)) {
    elements = 0;
    for (const compression::Factored& matrix : of(layer).factors) elements += matrix.elements();
  }
  return static_cast<std::uint64_t>(state_bytes_per_element * static_cast<double>(elements));
}

MemoryUse memory_need(const workload::StepGraph& graph, Target target, const CompressionPlan& compression,
                      const LoweringOptions& options) {
  target.dram_bytes = std::numeric_limits<std::uint64_t>::max() / 2;
  return lay_out(graph, target, compression, options).memory.use;
}

LoweredStep lower(const workload::StepGraph& graph, const Target& whole, const CompressionPlan& compression,
                  const LoweringOptions& options) {
  KILN_CHECK(!compression.enabled() || compression.layers.size() == graph.layers.size(),
             "{} layer codecs for {} layers", compression.layers.size(), graph.layers.size());
  const auto [target, mappings, copies, at_once, order, memory] = lay_out(graph, whole, compression, options);
  LoweredStep step;
  for (const Mapping mapping : mappings) step.mapping_of_layer.emplace_back(config::enum_name(mapping));
  const std::vector<ScheduledOp> schedule = schedule_of(graph, target, order, mappings, options.cut);
  const Residency residency = plan_residency(graph, schedule, target, options);

  step.tiles.resize(static_cast<std::size_t>(whole.tiles));
  step.instances = static_cast<std::int32_t>(schedule.size());
  step.participants.assign(schedule.size(), 0);
  for (const ScheduledOp& scheduled : schedule) step.op_of_instance.push_back(scheduled.op);
  step.memory = memory.use;
  step.notes = memory.notes;
  for (const Location& tensor : memory.tensors) step.tensor_places.push_back(place_of(tensor));
  for (const Location& payload : memory.payloads) step.payload_places.push_back(place_of(payload));
  for (const Location& residual : memory.residuals) step.residual_places.push_back(place_of(residual));
  for (const workload::Tensor& tensor : graph.tensors) {
    if (tensor.cls != TensorClass::input) continue;
    step.input_address = memory.tensors[static_cast<std::size_t>(tensor.id)].address;
    step.input_elements += tensor.elements() * graph.micro_batches;
  }
  const StepPlan plan{graph,    target,    compression, memory,
                      schedule, residency, at_once,     step.mapping_of_layer};
  Emitter emitter(plan, step);
  for (std::int32_t position = 0; position < step.instances; ++position) {
    options.watch.check();
    emitter.emit(position);
  }
  check_operations(graph, step);
  check_results(graph, schedule, residency, target.tiles, step);
  return step;
}

}  // namespace kiln::lowering
