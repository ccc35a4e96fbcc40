// SPDX-License-Identifier: MIT
// What compression does to this network's gradients, measured by encoding them in full.
#pragma once

#include <string>

#include "experiment/experiment.h"
#include "lowering/lower.h"

namespace kiln::experiment {

struct MeasuredCompression {
  lowering::CompressionPlan plan;
  std::int64_t original_bits = 0;    ///< gradients at their storage precision, all trained layers, one worker
  std::int64_t compressed_bits = 0;  ///< payload, indices, scales, headers, padding
  std::string source;                ///< where the gradients came from
  double ratio() const {
    return compressed_bits == 0 ? 1.0
                                : static_cast<double>(original_bits) / static_cast<double>(compressed_bits);
  }
};

/// The ratio is against fp32 gradients, as the literature states it. Throws ConfigError for an unusable file.
MeasuredCompression measure_compression(const CompressionConfig& config, const workload::StepGraph& graph,
                                        std::uint64_t seed, const base::Watch& watch = {});

}  // namespace kiln::experiment
