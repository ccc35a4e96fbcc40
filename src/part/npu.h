// SPDX-License-Identifier: MIT
// One MAC array with its operand buffers, alone: cycles, utilisation and traffic of every layer of a list.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lowering/cost/convolution_shape.h"
#include "npu/npu_config.h"
#include "part/npu_topology.h"

namespace kiln::part {

/// Operand buffers as SCALE-Sim has them: half of each is filled while the other half is used.
struct OperandBuffers {
  std::uint64_t ifmap_bytes = 64 * 1024;
  std::uint64_t filter_bytes = 64 * 1024;
  std::uint64_t ofmap_bytes = 64 * 1024;
  int word_bytes = 1;
};

struct NpuPartConfig {
  npu::NpuConfig npu;
  OperandBuffers buffers;
  workload::Precision precision = workload::Precision::fp16;
};

const config::Record<OperandBuffers>& describe(const OperandBuffers*);
const config::Record<NpuPartConfig>& describe(const NpuPartConfig*);

struct NpuOptions {
  std::string config_path;
  std::string topology_path;
  std::vector<std::string> overrides;    ///< key.key=value
  std::optional<lowering::CostLaw> law;  ///< instead of the configured one
  std::vector<lowering::TrainingPhase> phases = {lowering::TrainingPhase::forward};
  bool lenient = false;        ///< skip what of the list is not known, and name it
  double words_per_cycle = 0;  ///< memory bandwidth shared by loads and stores; 0: unlimited, no stalls
};

/// One line of output. M, N and K are those of the phase's GEMM; a depthwise layer mapped as such (pipelined
/// law) shows pixels, channels and kernel positions. SRAM and DRAM traffic is in words.
struct NpuLayerResult {
  std::string layer;
  lowering::TrainingPhase phase = lowering::TrainingPhase::forward;
  std::int64_t m = 0, n = 0, k = 0;
  std::int64_t compute_cycles = 0;
  double utilization = 0;
  double mapping_efficiency = 0;
  std::int64_t sram_ifmap_reads = 0, sram_filter_reads = 0, sram_ofmap_writes = 0;
  std::int64_t dram_ifmap_words = 0, dram_filter_words = 0, dram_ofmap_words = 0;
  std::int64_t total_cycles = 0, stall_cycles = 0;
};

struct NpuResult {
  lowering::CostLaw law = lowering::CostLaw::pipelined;
  std::vector<NpuLayerResult> layers;
  std::vector<std::string> skipped;  ///< of a list that was read leniently
};

/// Layer by layer. The first layer has no input gradient. Under the strict law depthwise layers are expanded
/// to one line per channel, as SCALE-Sim does. Throws base::ConfigError.
NpuResult run_npu(const NpuOptions& options);
NpuResult run_npu(const NpuPartConfig& part, const std::vector<TopologyLayer>& layers,
                  const std::vector<lowering::TrainingPhase>& phases, double words_per_cycle);

std::string to_csv(const NpuResult& result);
std::string to_json(const NpuResult& result);

}  // namespace kiln::part
