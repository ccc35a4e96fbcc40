// SPDX-License-Identifier: MIT
#include "lowering/work.h"

#include <cmath>

#include "base/error.h"
#include "lowering/product_slices.h"

namespace kiln::lowering {

using workload::Op;
using workload::OpKind;
using workload::Phase;
using workload::Tensor;
using workload::TensorClass;

namespace {

std::string place(const workload::StepGraph& graph, std::int32_t layer, Phase phase) {
  const std::string name = layer < 0 ? "no layer" : graph.layers[static_cast<std::size_t>(layer)].name;
  return fmt::format("{}, {}", name, workload::name_of(phase));
}

std::int64_t bytes_of(const std::vector<Transfer>& transfers, std::uint32_t begin, std::uint32_t end) {
  std::int64_t sum = 0;
  for (std::uint32_t i = begin; i < end; ++i) sum += static_cast<std::int64_t>(transfers[i].bytes);
  return sum;
}

/// A block's part of an error may be one of several that are added up in memory: all of it several times, or,
/// where blocks meet those within a window, some of it.
bool may_add_up(const Op& op, std::int64_t asked, std::int64_t found) {
  const auto* attention = std::get_if<workload::TiledAttention>(&op.actions.front().operation);
  if (attention == nullptr || op.phase != Phase::dgrad || asked == 0) return false;
  return found >= asked && (attention->window > 0 || found % asked == 0);
}

/// Of all tiles' slices together: `bytes`, and what several of them write.
std::int64_t slices_of(const workload::StepGraph& graph, const ScheduledOp& scheduled, const Tensor& tensor,
                       std::int64_t bytes, int tiles) {
  const Op& op = graph.ops[static_cast<std::size_t>(scheduled.op)];
  std::uint64_t sum = 0;
  for (int tile = 0; tile < tiles; ++tile) {
    const Share share = share_of(scheduled.units, tiles, tile);
    if (!share.empty()) sum += slice_of(graph, op, tensor, share).bytes(static_cast<std::uint64_t>(bytes));
  }
  return static_cast<std::int64_t>(sum);
}

/// The graph's own work; COMPRESS and REDUCE have none there, their work depends on codec and mapping.
struct GraphWork {
  std::int64_t macs = 0;
  double vector_ops = 0;
};

std::map<std::pair<std::int32_t, Phase>, GraphWork> work_of(const workload::StepGraph& graph,
                                                            const std::vector<std::int32_t>& order) {
  std::map<std::pair<std::int32_t, Phase>, GraphWork> table;
  for (const std::int32_t id : order) {
    const Op& op = graph.ops[static_cast<std::size_t>(id)];
    GraphWork& work = table[{op.layer, op.phase}];
    work.macs += op.gemm.macs();
    work.vector_ops += static_cast<double>(op.vector.elements) * op.vector.ops_per_element * op.vector.passes;
  }
  return table;
}

/// Bytes stored by operation instance and tensor. Where a codec's payload and state replace a gradient, they
/// are not compared here.
using Stored = std::map<std::pair<std::int32_t, workload::TensorId>, std::int64_t>;

Stored stored_by(const LoweredStep& step) {
  Stored stored;
  for (const TileProgram& tile : step.tiles)
    for (const Task& task : tile.tasks)
      for (std::uint32_t i = task.store_begin; i < task.store_end; ++i)
        if (tile.stores[i].cls != TensorClass::weight_gradient)
          stored[{task.instance, tile.stores[i].tensor}] += static_cast<std::int64_t>(tile.stores[i].bytes);
  return stored;
}

}  // namespace

WorkTable work_of(const LoweredStep& step) {
  WorkTable table;
  for (const TileProgram& tile : step.tiles) {
    for (const Task& task : tile.tasks) {
      LayerWork& work = table[{task.layer, task.phase}];
      ++work.tasks;
      work.macs += task.macs;
      work.gated_macs += task.gated_macs;
      work.skipped_macs += task.skipped_macs;
      work.vector_ops += task.vector_ops;
      work.codec_elements += task.codec_elements;
      work.codec_compares += task.codec_compares;
      work.residual_bytes += task.residual_bytes;
      work.sram_read_bytes += task.sram_read_bytes;
      work.sram_write_bytes += task.sram_write_bytes;
      work.accumulator_read_bytes += task.accumulator_read_bytes;
      work.accumulator_write_bytes += task.accumulator_write_bytes;
      work.load_bytes += bytes_of(tile.loads, task.load_begin, task.load_end);
      work.store_bytes += bytes_of(tile.stores, task.store_begin, task.store_end);
    }
  }
  return table;
}

void check_operations(const workload::StepGraph& graph, const LoweredStep& step) {
  WorkTable lowered = work_of(step);
  for (const auto& [where, asked] : work_of(graph, step.op_of_instance)) {
    const auto [layer, phase] = where;
    if (phase == Phase::compress || phase == Phase::reduce) continue;
    const LayerWork& work = lowered[where];
    const std::int64_t macs = work.macs + work.gated_macs + work.skipped_macs;
    KILN_CHECK(macs == asked.macs, "{}: the programs hold {} MACs, the graph asks for {}",
               place(graph, layer, phase), macs, asked.macs);
    const double lost = asked.vector_ops - static_cast<double>(work.vector_ops);
    KILN_CHECK(lost > -1 && lost < static_cast<double>(work.tasks) + 1,
               "{}: the programs hold {} lane operations in {} tasks, the graph asks for {}",
               place(graph, layer, phase), work.vector_ops, work.tasks, asked.vector_ops);
  }
}

void check_results(const workload::StepGraph& graph, const std::vector<ScheduledOp>& schedule,
                   const Residency& residency, int tiles, const LoweredStep& step) {
  Stored stored = stored_by(step);
  for (std::int32_t position = 0; position < step.instances; ++position) {
    const ScheduledOp& scheduled = schedule[static_cast<std::size_t>(position)];
    const Op& op = graph.ops[static_cast<std::size_t>(scheduled.op)];
    if (step.participants[static_cast<std::size_t>(position)] == 0) continue;
    for (const workload::TensorId id : op.writes) {
      const Tensor& tensor = graph.tensors[static_cast<std::size_t>(id)];
      if (tensor.cls == TensorClass::weight_gradient) continue;
      const Stay* stay = residency.begun_at(id, position);
      const bool kept = stay != nullptr && !stay->stored;
      const bool sliced = op.kind == OpKind::update || op.kind == OpKind::perturb ||
                          extent_of(graph, op, tensor, scheduled.mapping, true) == Extent::slice;
      const std::int64_t bytes = touches_all(op, tensor) ? tensor.bytes() : moved_bytes(op, tensor);
      const std::int64_t all = sliced ? slices_of(graph, scheduled, tensor, bytes, tiles)
                                      : bytes * step.participants[static_cast<std::size_t>(position)];
      const std::int64_t asked = kept ? 0 : all;
      const std::int64_t found = stored[{position, id}];
      KILN_CHECK(found == asked || may_add_up(op, asked, found),
                 "{}: {} stores {} B of {}, the graph asks for {} B", place(graph, op.layer, op.phase),
                 op.name, found, tensor.name, asked);
    }
  }
}

}  // namespace kiln::lowering
