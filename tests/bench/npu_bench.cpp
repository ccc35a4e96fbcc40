// SPDX-License-Identifier: MIT
// Speed of the array cost laws: every layer list of the reference folder, arrays from 8 to 128, three
// dataflows. Target with all workloads: less than a second in total.
#include <benchmark/benchmark.h>

#include <filesystem>

#include "lowering/cost/sparsity_cost.h"
#include "part/npu.h"

namespace {

using namespace kiln;

std::vector<std::vector<part::TopologyLayer>> all_topologies() {
  std::vector<std::vector<part::TopologyLayer>> lists;
  const std::filesystem::path folder = std::string(KILN_SOURCE_DIR) + "/tests/reference/npu/topologies";
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    lists.push_back(part::read_topology(entry.path().string()));
  return lists;
}

void networks_by_arrays_by_dataflows(benchmark::State& bench, lowering::CostLaw law) {
  const auto lists = all_topologies();
  const std::vector<lowering::TrainingPhase> phases = {
      lowering::TrainingPhase::forward, lowering::TrainingPhase::dgrad, lowering::TrainingPhase::wgrad};
  std::int64_t lines = 0;
  double simulated_cycles = 0;
  for (auto _ : bench) {
    for (const int size : {8, 16, 32, 64, 128}) {
      for (const auto dataflow :
           {npu::DataflowChoice::os, npu::DataflowChoice::ws, npu::DataflowChoice::is}) {
        part::NpuPartConfig part;
        part.npu.rows = part.npu.cols = size;
        part.npu.dataflow = dataflow;
        part.npu.law = law;
        for (const auto& layers : lists) {
          const part::NpuResult result = part::run_npu(part, layers, phases, 16);
          lines += static_cast<std::int64_t>(result.layers.size());
          for (const auto& layer : result.layers)
            simulated_cycles += static_cast<double>(layer.compute_cycles);
        }
      }
    }
  }
  bench.SetItemsProcessed(lines);
  bench.counters["simulated_cycles"] = benchmark::Counter(simulated_cycles, benchmark::Counter::kIsRate);
}

void unstructured(benchmark::State& bench) {
  lowering::SparsityShape sparsity;
  sparsity.scheme = lowering::SparsityScheme::unstructured;
  sparsity.density = 0.1;
  for (auto _ : bench)
    benchmark::DoNotOptimize(lowering::sparse_gemm_cost({3136, 64, 576}, {32, 32},
                                                        lowering::Dataflow::weight_stationary,
                                                        lowering::CostLaw::pipelined, sparsity));
}

BENCHMARK_CAPTURE(networks_by_arrays_by_dataflows, strict, lowering::CostLaw::strict);
BENCHMARK_CAPTURE(networks_by_arrays_by_dataflows, pipelined, lowering::CostLaw::pipelined);
BENCHMARK(unstructured);

}  // namespace
