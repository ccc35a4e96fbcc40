// SPDX-License-Identifier: MIT
#include "experiment/prepare.h"

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

/// DRAM that a step takes in the plainest way, uncompressed: with the gradients of every worker, and without
/// what lives in the gradient buffer.
std::int64_t memory_peak(const ExperimentConfig& experiment, const lowering::Target& target,
                         const workload::StepGraph& graph, const base::Watch& watch) {
  watch.check();
  const Way way = open_ways(experiment.mapping, graph.batch, target.tiles).front();
  return static_cast<std::int64_t>(
      lowering::memory_need(graph, target, {}, options_of(experiment, way, watch)).dram_peak_bytes);
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
  std::string text = fmt::format("{} {}\n", measured.original_bits, measured.compressed_bits);
  for (const lowering::LayerCodec& layer : measured.plan.layers) {
    text += fmt::format("{}", layer.payload_bytes);
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
  prepared.graph =
      workload::expand(network_of(experiment), experiment.training, [&](const workload::StepGraph& graph) {
        return memory_peak(experiment, prepared.target, graph, watch);
      });
  check_together(experiment, prepared.graph);
  if (measured) {
    prepared.measured_elsewhere = hash_of(*measured);
    prepared.compression = std::move(*measured);
  } else {
    prepared.compression =
        measure_compression(experiment.compression, prepared.graph, experiment.run.seed, watch);
  }
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
