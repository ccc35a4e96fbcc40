// SPDX-License-Identifier: MIT
// What lowering hands to the SoC: for every tile a list of
// tasks, each with what it loads, computes and stores.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/coding_site.h"
#include "workload/step_graph.h"

namespace kiln::lowering {

enum class Home { dram, gradient_sram };
/// Where addresses of the gradient SRAM begin in a list that holds both.
inline constexpr std::uint64_t kGradientSram = std::uint64_t{1} << 48;

/// Where a tensor lies; a gradient that is encoded inside the array lies where its code does.
struct TensorPlace {
  Home home = Home::dram;
  std::uint64_t address = 0;  ///< those in gradient SRAM begin at kGradientSram
  bool stored = false;        ///< false: it is in no memory
};

/// Work that must be complete before something may start:
/// an operation instance, on this tile or on all tiles.
struct Dependency {
  std::int32_t instance = -1;  ///< -1: none
  bool all_tiles = false;
};

/// Contiguous bytes of one tensor between its home and a tile's local SRAM: one job for the DMA.
struct Transfer {
  Home home = Home::dram;
  workload::TensorClass cls = workload::TensorClass::activation;
  workload::TensorId tensor = workload::kNone;
  std::uint64_t address = 0;
  std::uint64_t bytes = 0;       ///< in memory
  std::uint64_t wire_bytes = 0;  ///< on the links (fewer where routers compress)
  sim::Coding coding;            ///< by engines in network interface or routers
  Dependency after;
  bool codec_state = false;  ///< residual and momentum of the gradient codec
};

/// One super-tile: its loads fill one half of the buffers
/// while the previous task computes from the other half.
struct Task {
  std::int32_t instance = 0;  ///< operation instance (micro-batches repeat operations)
  std::int32_t op = 0;        ///< index into the graph
  std::int32_t layer = -1;
  workload::Phase phase = workload::Phase::forward;
  std::uint32_t load_begin = 0, load_end = 0;  ///< into TileProgram::loads
  std::uint32_t store_begin = 0, store_end = 0;
  Dependency after;                ///< before computing
  std::int64_t array_cycles = 0;   ///< NPU cycles of the MAC array
  std::int64_t vector_cycles = 0;  ///< of the vector unit, beside the array
  std::int64_t codec_cycles = 0;   ///< of the sparsity engine / codec, behind them
  std::int64_t macs = 0, gated_macs = 0;
  std::int64_t skipped_macs = 0;  ///< of the product, but left out by the array: an operand is zero
  workload::Precision precision = workload::Precision::fp16;
  std::int64_t sram_read_bytes = 0, sram_write_bytes = 0;                ///< by array and vector unit
  std::int64_t accumulator_read_bytes = 0, accumulator_write_bytes = 0;  ///< partial sums beside the array
  std::int64_t vector_ops = 0;
  std::int64_t codec_elements = 0, codec_compares = 0, residual_bytes = 0;
  bool first_of_op = false, last_of_op = false;

  std::int64_t compute_cycles() const { return std::max(array_cycles, vector_cycles) + codec_cycles; }
};

struct TileProgram {
  std::vector<Task> tasks;
  std::vector<Transfer> loads, stores;
};

/// What one kind of data takes of a memory while that holds most.
struct MemoryShare {
  Home home = Home::dram;
  std::string kind;  ///< "weights", "saved activations", "codec state", ...
  std::uint64_t bytes = 0;
};

struct MemoryUse {
  std::uint64_t dram_peak_bytes = 0, gradient_sram_peak_bytes = 0;
  std::uint64_t residual_bytes = 0;          ///< all workers together
  std::vector<MemoryShare> at_peak;          ///< of both memories, largest first
  std::uint64_t gradient_spilled_bytes = 0;  ///< gradients and payloads that did not fit the SRAM
};

struct LoweredStep {
  std::vector<TileProgram> tiles;
  std::int32_t instances = 0;
  std::vector<std::int32_t> op_of_instance;
  std::vector<std::int32_t> participants;  ///< tiles that have tasks of an instance
  MemoryUse memory;
  std::vector<TensorPlace> tensor_places;    ///< by tensor
  std::vector<TensorPlace> payload_places;   ///< by layer: encoded gradients of all workers
  std::vector<TensorPlace> residual_places;  ///< by layer: codec state of all workers
  std::uint64_t input_address = 0;           ///< where the I/O tile puts the next batch
  std::int64_t input_elements = 0;
  std::vector<std::string> notes;  ///< decisions a user should know ("residual of 112 MB lives in DRAM")
  std::vector<std::string> mapping_of_layer;

  std::uint64_t bytes(Home home, bool stores) const;
  std::uint64_t bytes(workload::TensorClass cls, bool stores) const;
  std::int64_t macs() const;
};

}  // namespace kiln::lowering
