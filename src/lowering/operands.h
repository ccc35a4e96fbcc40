// SPDX-License-Identifier: MIT
// What a tile reads and writes in an operation: where it lies, how much of it, coded where, after whom.
// Internal to lowering.
#pragma once

#include <map>
#include <vector>

#include "lowering/program.h"
#include "lowering/step_plan.h"

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

/// A part of it, as an operand.
Operand part_of(Operand operand, const Share& share);

/// What one operation of a tile moves.
struct Flows {
  std::vector<Operand> reads, writes;
  /// Of those that are not resident.
  std::uint64_t bytes() const;
};

class Operands {
 public:
  explicit Operands(const StepPlan& plan) : plan_(plan), writers_(plan.graph.tensors.size()) {}

  /// All that the operation reads and writes.
  Flows flows(const TilePart& part) const;
  Operand read(const TilePart& part, workload::TensorId id) const;
  /// The encoded gradient. An engine in the network interface codes it on its way; else the tile has done so.
  Operand payload(const TilePart& part, workload::TensorId gradient) const;
  /// The gradient leaves the tile encoded, with the codec's state beside it.
  void add_gradient_writes(const TilePart& part, workload::TensorId gradient, Flows& flows) const;
  /// A parameter, its gradient or its optimizer's state, whole.
  Operand parameter(workload::TensorId id, bool gradient_resident) const;

  /// The operation at this place of the schedule has been written for all tiles that have a part of it.
  void note_writer(std::int32_t position);
  Dependency after_writer(workload::TensorId id) const {
    return {writers_[static_cast<std::size_t>(id)].instance, true};
  }
  /// A tile without a part of the batch has no gradient of its own to be coded or summed.
  void note_copies(const TilePart& part, bool has_tasks);
  /// By tile: who has a copy of a gradient.
  const std::vector<bool>& holders(workload::TensorId gradient) const { return holders_.at(gradient); }

 private:
  struct Writer {
    std::int32_t instance = -1;  ///< place in the schedule
    bool worker_copy = false;
    bool part = false;  ///< others have written other positions
  };

  Operand write(const TilePart& part, workload::TensorId id) const;
  void add_write(const TilePart& part, workload::TensorId id, Flows& flows) const;
  bool adds_to_others(const TilePart& part, workload::TensorId id) const;
  /// The place and the bytes of either.
  Operand slice(const TilePart& part, const workload::Tensor& tensor, Extent extent) const;
  Operand codec_operand(const TilePart& part, const Location& location, std::uint64_t bytes,
                        workload::TensorId gradient) const;
  void code_in_routers(const workload::Tensor& gradient, Operand& operand) const;
  Dependency dependency(const TilePart& part, workload::TensorId id, Extent extent) const;

  const StepPlan& plan_;
  std::vector<Writer> writers_;                              ///< by tensor: who wrote it last
  std::map<workload::TensorId, std::vector<bool>> holders_;  ///< of a copy of a gradient, by tile
};

}  // namespace kiln::lowering
