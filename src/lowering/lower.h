// SPDX-License-Identifier: MIT
// Graph x Target -> programs of tasks and transfers, addresses and homes.
#pragma once

#include <optional>
#include <vector>

#include "base/watch.h"
#include "compression/power_sgd.h"
#include "lowering/program.h"
#include "lowering/slicing.h"
#include "lowering/target.h"

namespace kiln::lowering {

/// What compression does to the weight gradient of one layer, per worker. Measured before lowering.
struct LayerCodec {
  std::uint64_t payload_bytes = 0;
  compression::WorkCounts work;
  std::vector<compression::Factored> factors;  ///< matrices of which two factors are sent (PowerSGD)
  bool plain = false;                          ///< its gradient is sent as it is
};

struct CompressionPlan {
  /// `router`: only the links see fewer bytes. `ni`: streaming codes only, the tile sees gradients plain.
  sim::CodingSite site = sim::CodingSite::none;
  bool streaming = true;  ///< one pass: gradients leave the MAC array encoded. Otherwise written, then read
  double link_overhead = 1;  ///< bytes on the links for each of a gradient: checks, packets sent again
  double state_bytes_per_element = 0;  ///< residual and momentum buffers kept by each worker
  std::vector<LayerCodec> layers;      ///< indexed by layer of the graph

  bool enabled() const { return site != sim::CodingSite::none; }
  /// Whether memory holds the code and not the gradient.
  bool stored_encoded() const { return enabled() && site != sim::CodingSite::router; }
  /// The same of the gradient of one layer.
  bool stored_encoded(std::int32_t layer) const { return stored_encoded() && !of(layer).plain; }
  bool low_rank(std::int32_t layer) const { return stored_encoded() && !of(layer).factors.empty(); }
  const LayerCodec& of(std::int32_t layer) const { return layers[static_cast<std::size_t>(layer)]; }
  /// What a worker keeps of a gradient of so many elements: of factors, residuals of their matrices.
  std::uint64_t state_bytes(std::int32_t layer, std::int64_t elements) const;
};

struct LoweringOptions {
  Mapping mapping = Mapping::data;
  SampleCut cut = SampleCut::rows;
  std::optional<int> tiles;            ///< that take part; absent: all
  std::int32_t residency_horizon = 4;  ///< operations a tensor may stay in local SRAM for
  std::int32_t reduce_delay = 1;       ///< layers of backward work between a WGRAD and its REDUCE
  bool gradients_in_sram = true;       ///< use the gradient buffer where they fit
  base::Watch watch;                   ///< asked from operation to operation
};

/// The memory that a step takes, as `lower` plans it on a target whose DRAM holds anything; its operations
/// are not lowered.
MemoryUse memory_need(const workload::StepGraph& graph, Target target, const CompressionPlan& compression,
                      const LoweringOptions& options);

/// Throws SimError when the step does not fit the memories (naming what and by how much).
LoweredStep lower(const workload::StepGraph& graph, const Target& target, const CompressionPlan& compression,
                  const LoweringOptions& options);

}  // namespace kiln::lowering
