// SPDX-License-Identifier: MIT
#include "part/npu.h"

#include <fmt/core.h>

#include <iterator>

#include "config/load.h"
#include "lowering/cost/buffer_traffic.h"
#include "lowering/cost/depthwise_cost.h"
#include "lowering/cost/names.h"
#include "output/encode.h"

namespace kiln::part {
namespace {

using lowering::ArrayCost;
using lowering::BufferTraffic;
using lowering::BufferWords;
using lowering::CostLaw;
using lowering::GemmShape;
using lowering::TrainingPhase;

/// What stays the same from layer to layer.
struct Machine {
  lowering::ArrayShape array;
  BufferWords buffers;
  CostLaw law;
  const npu::NpuConfig& npu;
  double words_per_cycle;

  std::optional<lowering::Dataflow> dataflow(TrainingPhase phase) const {
    switch (phase) {
      case TrainingPhase::forward:
        return npu::dataflow_of(npu.forward_dataflow.value_or(npu.dataflow));
      case TrainingPhase::dgrad:
        return npu::dataflow_of(npu.dgrad_dataflow.value_or(npu.dataflow));
      case TrainingPhase::wgrad:
        return npu::dataflow_of(npu.wgrad_dataflow.value_or(npu.dataflow));
    }
    return std::nullopt;
  }
};

Machine machine_of(const NpuPartConfig& part, double words_per_cycle) {
  Machine machine{{}, {}, part.npu.law, part.npu, words_per_cycle};
  machine.array = {part.npu.rows, part.npu.cols, part.npu.macs_per_pe_per_cycle(part.precision),
                   part.npu.edge_aware_skew};
  const auto words = [&](std::uint64_t bytes) {
    return static_cast<std::int64_t>(bytes / static_cast<std::uint64_t>(part.buffers.word_bytes));
  };
  machine.buffers = {words(part.buffers.ifmap_bytes), words(part.buffers.filter_bytes),
                     words(part.buffers.ofmap_bytes)};
  return machine;
}

void set_cost(NpuLayerResult& result, const ArrayCost& cost, const BufferTraffic& traffic,
              const Machine& machine) {
  result.compute_cycles = cost.cycles;
  result.utilization = cost.utilization;
  result.mapping_efficiency = cost.mapping_efficiency;
  result.sram_ifmap_reads = cost.a_reads;
  result.sram_filter_reads = cost.b_reads;
  result.sram_ofmap_writes = cost.c_writes;
  result.dram_ifmap_words = traffic.a_words;
  result.dram_filter_words = traffic.b_words;
  result.dram_ofmap_words = traffic.c_words;
  result.total_cycles =
      machine.words_per_cycle > 0
          ? lowering::overlapped_cycles(cost.cycles, traffic, machine.buffers, machine.words_per_cycle)
          : cost.cycles;
  result.stall_cycles = result.total_cycles - result.compute_cycles;
}

/// Distinct elements of the phase's A operand: the input volume where im2col would repeat it.
std::int64_t distinct_a(const TopologyLayer& layer, TrainingPhase phase) {
  const GemmShape gemm = lowering::phase_gemm(layer.gemm, phase);
  if (!layer.is_convolution || phase == TrainingPhase::dgrad) return gemm.m * gemm.k;
  return layer.convolution.input_elements() / (layer.depthwise ? layer.convolution.channels : 1);
}

NpuLayerResult as_gemm(const TopologyLayer& layer, TrainingPhase phase, const Machine& machine) {
  const GemmShape gemm = lowering::phase_gemm(layer.gemm, phase);
  const bool by_position = layer.is_convolution && !layer.depthwise &&
                           machine.npu.convolutions == lowering::ConvolutionMapping::per_position;
  const std::vector<GemmShape> products =
      by_position ? lowering::per_position(gemm, phase, layer.convolution.channels) : std::vector{gemm};
  // All positions of a whole layer have the same shape.
  const GemmShape& product = products.front();
  const auto dataflow =
      machine.dataflow(phase).value_or(lowering::best_dataflow(product, machine.array, machine.law));
  const ArrayCost cost = lowering::gemm_cost(product, machine.array, dataflow, machine.law);
  const std::int64_t distinct = distinct_a(layer, phase);
  const BufferTraffic traffic =
      machine.law == CostLaw::strict
          ? lowering::strict_traffic(gemm, machine.array, dataflow, machine.buffers, distinct)
          : lowering::pipelined_traffic(gemm, machine.array, dataflow, machine.buffers, distinct);
  NpuLayerResult result{layer.name, phase, gemm.m, gemm.n, gemm.k};
  set_cost(result, cost, traffic, machine);
  return result;
}

/// A depthwise layer with its own mapping. Every operand passes once: a channel never needs another's.
NpuLayerResult as_depthwise(const TopologyLayer& layer, TrainingPhase phase, const Machine& machine) {
  const auto& c = layer.convolution;
  const lowering::DepthwiseShape shape{c.channels, layer.gemm.m, layer.gemm.k};
  const auto pass =
      phase == TrainingPhase::wgrad ? lowering::DepthwisePass::weight : lowering::DepthwisePass::activation;
  const ArrayCost cost = lowering::depthwise_cost(shape, machine.array, machine.law, pass);
  const std::int64_t inputs = c.input_elements();
  const std::int64_t outputs = shape.pixels * shape.channels;
  const std::int64_t weights = shape.kernel_positions * shape.channels;
  BufferTraffic traffic;
  switch (phase) {
    case TrainingPhase::forward:
      traffic = {inputs, weights, outputs};
      break;
    case TrainingPhase::dgrad:
      traffic = {outputs, weights, inputs};
      break;
    case TrainingPhase::wgrad:
      traffic = {inputs, outputs, weights};
      break;
  }
  NpuLayerResult result{layer.name, phase, shape.pixels, shape.channels, shape.kernel_positions};
  set_cost(result, cost, traffic, machine);
  return result;
}

void add_layer(NpuResult& result, const TopologyLayer& layer, TrainingPhase phase, const Machine& machine) {
  if (!layer.depthwise) {
    result.layers.push_back(as_gemm(layer, phase, machine));
  } else if (machine.law != CostLaw::strict) {
    result.layers.push_back(as_depthwise(layer, phase, machine));
  } else {
    NpuLayerResult channel = as_gemm(layer, phase, machine);
    for (std::int64_t i = 0; i < layer.convolution.channels; ++i) {
      channel.layer = fmt::format("{}Channel_{}", layer.name, i);
      result.layers.push_back(channel);
    }
  }
}

}  // namespace

NpuResult run_npu(const NpuPartConfig& part, const std::vector<TopologyLayer>& layers,
                  const std::vector<TrainingPhase>& phases, double words_per_cycle) {
  const Machine machine = machine_of(part, words_per_cycle);
  NpuResult result;
  result.law = machine.law;
  for (const TrainingPhase phase : phases)
    for (std::size_t i = phase == TrainingPhase::dgrad ? 1 : 0; i < layers.size(); ++i)
      add_layer(result, layers[i], phase, machine);
  return result;
}

NpuResult run_npu(const NpuOptions& options) {
  NpuPartConfig part = config::load<NpuPartConfig>(options.config_path, options.overrides).value;
  if (options.law) part.npu.law = *options.law;
  base::Unknowns unknowns(options.lenient ? base::Unknowns::Reading::lenient
                                          : base::Unknowns::Reading::strict);
  NpuResult result =
      run_npu(part, read_topology(options.topology_path, unknowns), options.phases, options.words_per_cycle);
  result.skipped = unknowns.skipped();
  return result;
}

std::string to_csv(const NpuResult& result) {
  std::string text =
      "layer,phase,M,N,K,compute_cycles,utilization,mapping_efficiency,sram_ifmap_reads,sram_filter_reads,"
      "sram_ofmap_writes,dram_ifmap_words,dram_filter_words,dram_ofmap_words,total_cycles,stall_cycles\n";
  auto out = std::back_inserter(text);
  for (const NpuLayerResult& r : result.layers)
    fmt::format_to(out, "{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", output::csv_cell(r.layer),
                   config::enum_name(r.phase), r.m, r.n, r.k, r.compute_cycles, r.utilization,
                   r.mapping_efficiency, r.sram_ifmap_reads, r.sram_filter_reads, r.sram_ofmap_writes,
                   r.dram_ifmap_words, r.dram_filter_words, r.dram_ofmap_words, r.total_cycles,
                   r.stall_cycles);
  for (const std::string& skipped : result.skipped) text += "# skipped: " + skipped + "\n";
  return text;
}

}  // namespace kiln::part
