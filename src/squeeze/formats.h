// SPDX-License-Identifier: MIT
// Which number formats a chip computes in, and what those cost that it has not.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "squeeze/squeeze_config.h"

namespace kiln::squeeze {

/// How an array makes products in a format.
struct FormatSupport {
  workload::Precision format = workload::Precision::fp16;
  double macs_per_pe_per_cycle = 0;  ///< of the format that computes
  /// Computes in place of a format that the array has not: the fastest one that holds all of its values.
  /// Nothing: the format itself.
  std::optional<workload::Precision> computed_as;
  bool possible = true;  ///< false: no format of the array holds its values
};

/// Whether every value of a format is one of the other; of fp8 both E4M3 and E5M2.
bool holds_all(workload::Precision wide, workload::Precision narrow);
FormatSupport support_of(const npu::NpuConfig& npu, workload::Precision format);
/// Of all formats, the narrowest first.
std::vector<FormatSupport> supports_of(const npu::NpuConfig& npu);

/// The forward pass with weights and activations in the format, computed as the chip can.
experiment::ExperimentConfig in_format(experiment::ExperimentConfig inference, const FormatSupport& support);

}  // namespace kiln::squeeze
