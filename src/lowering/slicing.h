// SPDX-License-Identifier: MIT
// Which part of an operation and of its tensors belongs to which tile.
#pragma once

#include <cstdint>
#include <span>

#include "config/value.h"
#include "lowering/cost/array_cost.h"
#include "workload/step_graph.h"

namespace kiln::lowering {

enum class Mapping {
  data,       ///< the batch over tiles
  channel,    ///< output channels over tiles: no gradient reduction, every tile reads all inputs
  layer_wise  ///< per layer, whichever the planner estimates faster
};
std::span<const config::EnumName<Mapping>> enum_names(const Mapping*);

/// Where data mapping may cut the batch.
enum class SampleCut {
  rows,    ///< between rows of samples: evenest; neighbours need each other's rows where samples are cut
  samples  ///< between samples: tensors stay where they were made; some tiles have a sample less, or none
};
std::span<const config::EnumName<SampleCut>> enum_names(const SampleCut*);

/// The part [begin, end) of `total` equal units.
struct Share {
  std::int64_t begin = 0, end = 1, total = 1;

  bool empty() const { return begin == end; }
  bool whole() const { return begin == 0 && end == total; }
  std::int64_t size() const { return end - begin; }
  double fraction() const { return static_cast<double>(size()) / static_cast<double>(total); }
  /// First byte of the part, and its size, of something of `bytes` bytes; parts tile it without gap.
  std::uint64_t offset(std::uint64_t bytes) const { return scaled(bytes, begin); }
  std::uint64_t bytes(std::uint64_t bytes) const { return scaled(bytes, end) - scaled(bytes, begin); }
  /// The `index`-th of `parts` parts of this part.
  Share part(std::int64_t index, std::int64_t parts) const;
  bool same_fraction(const Share& other) const {
    return begin * other.total == other.begin * total && end * other.total == other.end * total;
  }

 private:
  std::uint64_t scaled(std::uint64_t bytes, std::int64_t units) const;
};

/// The share of tile `tile` of `tiles`, as even as whole units allow.
Share share_of(std::int64_t total, int tiles, int tile);

/// Products over (sample, head): attention. Elsewhere `repeats` counts groups or time steps.
bool repeats_are_samples(const workload::StepGraph& graph, const workload::Op& op);

/// Units an operation can be cut into under a mapping.
std::int64_t units_of(const workload::StepGraph& graph, const workload::Op& op, Mapping mapping,
                      SampleCut cut);

/// What a tile touches of a tensor it reads or writes.
enum class Extent {
  slice,       ///< its own share
  whole,       ///< all of it (shared weights; all inputs under channel mapping)
  worker_copy  ///< all of a copy of its own (weight gradients under data mapping)
};
Extent extent_of(const workload::StepGraph& graph, const workload::Op& op, const workload::Tensor& tensor,
                 Mapping mapping, bool written);

/// Bytes of a tensor that all tiles together move in an operation: those of the positions that it touches; of
/// a table, and of its gradient, the rows that are looked up; of low-rank factors the one that is used.
std::int64_t moved_bytes(const workload::Op&, const workload::Tensor&);
/// Where in the tensor that begins, in bytes.
std::uint64_t moved_from(const workload::Op&, const workload::Tensor&);
/// Does the operation touch all of the tensor?
bool touches_all(const workload::Op&, const workload::Tensor&);
/// Is the tensor a table of which the operation moves rows?
bool moves_rows(const workload::Op&, const workload::Tensor&);

bool is_per_sample(workload::TensorClass cls);

/// A window reaches over the edges of shares when samples are cut, and rows that are sorted by expert come
/// from everywhere: tiles then need each other's rows.
bool reaches_over_cuts(const workload::StepGraph& graph, const workload::Op& op, int tiles, SampleCut cut);

/// The extent of a GEMM (or of a depthwise convolution's
/// channels and pixels) that a mapping divides over tiles.
std::int64_t& divided_extent(const workload::StepGraph& graph, const workload::Op& op, Mapping mapping,
                             GemmShape& shape);

/// Extra input rows a tile needs because its share begins or ends inside a sample.
std::int64_t halo_rows(const workload::Op& op, const Share& share, std::int64_t samples);

}  // namespace kiln::lowering
