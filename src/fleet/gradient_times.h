// SPDX-License-Identifier: MIT
// When the gradients of a step stand, layer by layer, and how they fill buckets that leave together.
#pragma once

#include <cstdint>
#include <vector>

#include "soc/step_record.h"
#include "workload/step_graph.h"

namespace kiln::fleet {

/// Of a step whose updates are put behind all else, as they are where gradients cross a link first. Times are
/// the exclusive ones of layers and phases in the order of the program; those of a layer in a phase are
/// spread evenly over its operations, so that a forward pass done again takes half of them.
struct GradientTimes {
  std::vector<double> ready;  ///< [layer] share of the step's time; 0: it has no gradient
  double backward = 1;        ///< share at which all gradients stand, and updates may begin
};
GradientTimes gradient_times(const workload::StepGraph& graph, const soc::StepRecord& record);

/// Layers in the order in which their gradients stand, cut where a bucket holds `bucket_bytes` or more; no
/// layer is cut.
std::vector<std::vector<std::size_t>> cut_buckets(const std::vector<double>& ready,
                                                  const std::vector<std::uint64_t>& bytes,
                                                  std::uint64_t bucket_bytes);

/// The share at which each bucket has left the layers of it and of those before; the last one leaves with the
/// end of the backward pass.
std::vector<double> bucket_marks(const std::vector<std::vector<std::size_t>>& buckets,
                                 const std::vector<double>& ready, double backward);

}  // namespace kiln::fleet
