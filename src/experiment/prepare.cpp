// SPDX-License-Identifier: MIT
#include "experiment/prepare.h"

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "soc/target.h"
#include "sparsity/engine.h"
#include "workload/expand.h"
#include "workload/scalesim.h"
#include "workload/transforms.h"

namespace kiln::experiment {

namespace {

void check_together(const ExperimentConfig& experiment, const workload::StepGraph& graph) {
  std::vector<base::Problem> problems;
  for (const workload::Op& op : graph.ops) {
    const bool array = op.kind == workload::OpKind::gemm || op.kind == workload::OpKind::depthwise;
    if (!array || experiment.soc.npu.macs_per_pe_per_cycle(op.precision) > 0) continue;
    problems.push_back({{},
                        "soc.npu.packing",
                        fmt::format("the array cannot compute {} in {}; choose a precision it supports",
                                    op.name, config::enum_name(op.precision))});
    break;
  }
  const int tiles = experiment.soc.count(soc::UnitKind::npu);
  if (experiment.mapping.tiles.value_or(1) > tiles)
    problems.push_back({{},
                        "mapping.tiles",
                        fmt::format("is {}, but soc.units has {} of kind npu; give at most that many",
                                    *experiment.mapping.tiles, tiles)});
  if (experiment.compression.enabled)
    if (const std::string missing =
            sparsity::unsupported(experiment.soc.sparsity, experiment.compression.codec);
        !missing.empty())
      problems.push_back({{}, "compression.codec", missing});
  if (!problems.empty()) throw base::ConfigError(problems);
}

lowering::LoweringOptions options_of(const ExperimentConfig& experiment, const Way& way,
                                     const base::Watch& watch) {
  lowering::LoweringOptions options;
  options.mapping = way.mapping;
  options.cut = way.cut;
  options.tiles = way.tiles;
  options.residency_horizon = experiment.mapping.residency_horizon;
  options.reduce_delay = experiment.mapping.reduce_delay;
  options.gradients_in_sram = experiment.mapping.gradients_in_sram;
  options.watch = watch;
  return options;
}

/// DRAM that a step takes in the way that takes least: with the gradients of every worker, and without what
/// lives in the gradient buffer.
std::int64_t memory_need(const ExperimentConfig& experiment, const lowering::Target& target,
                         const workload::StepGraph& graph, const lowering::CompressionPlan& compression,
                         const base::Watch& watch) {
  std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
  for (const Way& way : open_ways(experiment.mapping, graph.batch, target.tiles)) {
    watch.check();
    const lowering::MemoryUse use =
        lowering::memory_need(graph, target, compression, options_of(experiment, way, watch));
    least = std::min(least, use.dram_peak_bytes);
  }
  return static_cast<std::int64_t>(least);
}

/// Cycles of the operations that are done again, each bound by its array or vector work or by its traffic,
/// at the peak rates of all tiles and channels: an estimate that orders the cuts of checkpointing.
double recompute_cycles(const workload::StepGraph& graph, const lowering::Target& target) {
  double cycles = 0;
  for (const workload::Op& op : graph.ops) {
    if (!op.recompute) continue;
    double array = 0, bytes = 0;
    if (const std::int64_t macs = op.gemm.macs(); macs > 0)
      array = static_cast<double>(macs) / (static_cast<double>(target.array_rows) * target.array_columns *
                                           target.macs_per_pe_per_cycle(op.precision) * target.tiles);
    const double vector = static_cast<double>(op.vector.elements) * op.vector.ops_per_element *
                          op.vector.passes / (target.vector_lanes * target.tiles);
    for (const auto* tensors : {&op.reads, &op.writes})
      for (const workload::TensorId tensor : *tensors)
        bytes += static_cast<double>(graph.tensors[static_cast<std::size_t>(tensor)].bytes());
    cycles += std::max({array, vector, bytes / target.dram_bytes_per_cycle});
  }
  return cycles;
}

/// Which operations are done again, where that was chosen for the chip.
std::string chosen_cuts(const workload::TrainingConfig& training, const workload::StepGraph& graph) {
  if (training.recompute.mode != workload::RecomputeMode::optimal) return {};
  std::string text = "again";
  for (const workload::Op& op : graph.ops)
    if (op.recompute) text += fmt::format(" {}", op.id);
  return text + '\n';
}

/// When none fits, the plainest one says what is missing.
void lower_first(const ExperimentConfig& experiment, Prepared& prepared, const base::Watch& watch) {
  std::optional<base::ConfigError> first;
  for (const Way& way : prepared.ways) {
    try {
      prepared.step = lower_as(experiment, prepared, way, watch);
      prepared.way = way;
      return;
    } catch (const base::ConfigError& error) {
      if (!first) first = error;
    }
  }
  throw *first;
}

std::string hash_of(const MeasuredCompression& measured) {
  std::string text = fmt::format("{} {} {}\n", measured.original_bits, measured.compressed_bits,
                                 measured.plan.link_overhead);
  for (const lowering::LayerCodec& layer : measured.plan.layers) {
    text += fmt::format("{}", layer.payload_bytes);
    for (const compression::Factored& matrix : layer.factors)
      text += fmt::format(" {}x{}x{}", matrix.rows, matrix.columns, matrix.rank);
    for (const auto count : compression::kWorkCounts) text += fmt::format(" {}", layer.work.*count);
    text += '\n';
  }
  return base::content_hash(text);
}

}  // namespace

workload::Network network_of(const ExperimentConfig& experiment) {
  if (experiment.topology.empty())
    return workload::build_network(workload::rewrite(experiment.workload, experiment.training));
  return workload::read_scalesim_topology(experiment.topology.path,
                                          base::read_file(experiment.topology.path));
}

lowering::LoweredStep lower_as(const ExperimentConfig& experiment, const Prepared& prepared, const Way& way,
                               const base::Watch& watch) {
  return lowering::lower(prepared.graph, prepared.target, prepared.compression.plan,
                         options_of(experiment, way, watch));
}

Prepared prepare(const ExperimentConfig& experiment, const base::Watch& watch,
                 std::optional<MeasuredCompression> measured) {
  Prepared prepared;
  prepared.target = soc::make_target(experiment.soc, experiment.mapping.objective);
  if (measured) prepared.beside_keys = hash_of(*measured);
  // Once: no gradient depends on what is computed again.
  const auto compressed = [&](const workload::StepGraph& graph) -> const lowering::CompressionPlan& {
    check_together(experiment, graph);
    if (!measured) measured = measure_compression(experiment.compression, graph, experiment.run.seed, watch);
    return measured->plan;
  };
  workload::RecomputeJudge judge;
  judge.need_of = [&](const workload::StepGraph& graph) {
    return memory_need(experiment, prepared.target, graph, compressed(graph), watch);
  };
  judge.room_bytes = static_cast<std::int64_t>(prepared.target.dram_bytes);
  judge.cost_of = [&](const workload::StepGraph& graph) { return recompute_cycles(graph, prepared.target); };
  prepared.graph = workload::expand(network_of(experiment), experiment.training, judge);
  compressed(prepared.graph);
  prepared.compression = std::move(*measured);
  prepared.beside_keys += chosen_cuts(experiment.training, prepared.graph);
  prepared.ways = open_ways(experiment.mapping, prepared.graph.batch, prepared.target.tiles);
  lower_first(experiment, prepared, watch);
  prepared.plan = soc::plan_chip(experiment.soc);
  for (const workload::Op& op : prepared.graph.ops) prepared.op_names.push_back(op.name);
  std::int64_t frozen = 0, weighted = 0;
  for (const workload::LayerInfo& layer : prepared.graph.layers) {
    if (layer.parameters == 0) continue;
    ++weighted;
    if (!layer.trainable) ++frozen;
  }
  prepared.frozen_fraction = weighted == 0 ? 0 : static_cast<double>(frozen) / static_cast<double>(weighted);
  return prepared;
}

}  // namespace kiln::experiment
