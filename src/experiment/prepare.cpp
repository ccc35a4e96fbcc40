// SPDX-License-Identifier: MIT
#include "experiment/prepare.h"

#include "base/error.h"
#include "base/file.h"
#include "soc/plant.h"
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
  if (experiment.compression.enabled)
    if (const std::string missing =
            sparsity::unsupported(experiment.soc.sparsity, experiment.compression.codec);
        !missing.empty())
      problems.push_back({{}, "compression.codec", missing});
  if (!problems.empty()) throw base::ConfigError(problems);
}

}  // namespace

workload::Network network_of(const ExperimentConfig& experiment) {
  if (experiment.topology.empty())
    return workload::build_network(workload::rewrite(experiment.workload, experiment.training));
  return workload::read_scalesim_topology(experiment.topology.path,
                                          base::read_file(experiment.topology.path));
}

Prepared prepare(const ExperimentConfig& experiment, const base::Watch& watch) {
  Prepared prepared;
  prepared.graph = workload::expand(network_of(experiment), experiment.training);
  check_together(experiment, prepared.graph);
  prepared.target = soc::make_target(experiment.soc);
  prepared.compression =
      measure_compression(experiment.compression, prepared.graph, experiment.run.seed, watch);
  lowering::LoweringOptions options;
  options.mapping = experiment.mapping.parallel;
  options.residency_horizon = experiment.mapping.residency_horizon;
  options.reduce_delay = experiment.mapping.reduce_delay;
  options.watch = watch;
  options.gradients_in_sram = experiment.mapping.gradients_in_sram;
  prepared.step = lowering::lower(prepared.graph, prepared.target, prepared.compression.plan, options);
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
