// SPDX-License-Identifier: MIT
// Data or channel mapping, layer by layer. Internal to lowering.
#pragma once

#include <vector>

#include "lowering/lower.h"

namespace kiln::lowering {

/// By layer of the graph. Under `layer_wise`, the faster by a roofline estimate of all operations of the
/// layer plus, for data mapping, the reduction of its gradient. One tile has everything: data.
std::vector<Mapping> choose_mappings(const workload::StepGraph& graph, const Target& target,
                                     const CompressionPlan& compression, const LoweringOptions& options);

}  // namespace kiln::lowering
