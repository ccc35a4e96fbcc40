// SPDX-License-Identifier: MIT
// Writes the tasks of one scheduled operation into the tiles' programs. Internal to lowering.
#pragma once

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "lowering/costing.h"
#include "lowering/memory_plan.h"
#include "lowering/program.h"
#include "lowering/residency.h"
#include "lowering/tiler.h"

namespace kiln::lowering {

/// The part of a tensor one tile reads or writes in one operation.
struct Operand {
  workload::TensorId tensor = workload::kNone;
  workload::TensorClass cls = workload::TensorClass::activation;
  Location location;
  std::uint64_t offset = 0, bytes = 0, halo_bytes = 0;
  double wire_ratio = 1;                         ///< bytes on the links per byte in memory
  sim::CodingSite site = sim::CodingSite::none;  ///< of an engine on the path
  double plain_ratio = 0;                        ///< bytes that it codes, per byte in memory
  bool resident = false;                         ///< no transfer at all
  bool codec_state = false;
  bool once = false;  ///< brought in by the first task and kept (parameters of vector operations)
  Dependency after;
};

class Emitter {
 public:
  Emitter(const workload::StepGraph& graph, const Target& target, const CompressionPlan& compression,
          const MemoryPlan& memory, const std::vector<ScheduledOp>& schedule, const Residency& residency,
          std::vector<bool> encoded_at_once, LoweredStep& out);

  /// Emits the operation at `position` of the schedule for all tiles.
  void emit(std::int32_t position);

 private:
  struct Context {
    const workload::Op& op;
    const ScheduledOp& scheduled;
    std::int32_t position;
    int tile;
    Share share;
    TileProgram& program;
    std::uint64_t capacity;  ///< local SRAM left for this operation
  };
  struct Writer {
    std::int32_t instance = -1;
    Mapping mapping = Mapping::data;
    std::int64_t units = 1;
    bool worker_copy = false;
  };
  /// What one operation of a tile moves besides the two GEMM operands.
  struct Flows {
    std::vector<Operand> reads, writes;
    std::uint64_t bytes() const;
  };

  void emit_for_tile(const Context& c);
  void emit_gemm(const Context& c);
  Tiling tiling_of(const workload::Op& op, const GemmShape& shape, const TilingProblem& problem);
  void emit_gemm_tiles(const Context& c, const GemmShape& shape, Operand a, Operand b, Flows flows);
  void emit_repeats(const Context& c, const GemmShape& shape, Flows flows);
  void emit_stream(const Context& c, Flows flows);
  /// One chunk's part of a depthwise convolution on the array.
  void add_depthwise_work(const Context& c, Task& task, std::int64_t chunk, std::int64_t chunks);
  void emit_reduce(const Context& c);
  void emit_update(const Context& c);
  void emit_update_chunk(const Context& c, const Share& chunk, bool gradient_resident);

  Operand operand(const Context& c, workload::TensorId id, bool written) const;
  void code_in_routers(const workload::Tensor& gradient, Operand& o) const;
  Operand payload_operand(const Context& c, workload::TensorId gradient) const;
  Transfer transfer(const Operand& o, const Share& part, std::uint64_t bytes) const;
  Operand codec_operand(const Context& c, const Location& location, std::uint64_t bytes,
                        workload::TensorId gradient) const;
  Flows flows(const Context& c) const;
  void add_gradient_writes(const Context& c, workload::TensorId gradient, Flows& flows) const;
  Dependency dependency(const Context& c, workload::TensorId id, Extent extent) const;
  int workers(std::int32_t layer) const;

  Task& begin_task(const Context& c);
  void load(const Context& c, const Operand& operand, const Share& part, bool with_halo = false);
  void store(const Context& c, const Operand& operand, const Share& part);
  void finish_task(const Context& c, Task& task);
  void add_codec_work(const Context& c, Task& task, const Share& part) const;
  void note_copies(const Context& c, bool has_tasks);
  void mark_ends(const Context& c, std::size_t first_task);

  const workload::StepGraph& graph_;
  const Target& target_;
  const CompressionPlan& compression_;
  const MemoryPlan& memory_;
  const std::vector<ScheduledOp>& schedule_;
  const Residency& residency_;
  std::vector<bool> encoded_at_once_;
  LoweredStep& out_;
  Costing costing_;
  std::vector<Writer> writers_;                              ///< by tensor: who wrote it last
  std::map<workload::TensorId, std::vector<bool>> holders_;  ///< of a copy of a gradient, by tile
  std::vector<std::int32_t> last_weight_use_;                ///< by layer: DGRAD that must precede the UPDATE
  std::map<std::pair<TilingProblem, GemmWork>, Tiling> tilings_;
};

/// Tasks an operation is cut into at least, so that loading, computing and storing overlap.
inline constexpr std::int64_t kPipelineTasks = 4;
inline constexpr std::uint64_t kSmallestChunkBytes = 8192;

}  // namespace kiln::lowering
