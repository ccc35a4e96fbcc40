// SPDX-License-Identifier: MIT
// Kernel, strides, dilations and padding of a Conv, ConvTranspose or pool, of any number of directions.
#pragma once

#include <cstdint>
#include <vector>

#include "workload/onnx/shape_rules.h"

namespace kiln::workload::onnx {

struct NodeWindow {
  std::vector<std::int64_t> kernel, strides, dilations, begins, ends, out;
  std::int64_t groups = 1;

  /// Rows or columns that the kernel reaches over.
  std::int64_t reach(std::size_t i) const { return dilations[i] * (kernel[i] - 1) + 1; }
};

/// Throws NodeError for what does not fit, extents below 1 and above 2^31.
NodeWindow window_of(const Shaper&, std::vector<std::int64_t> kernel);
/// Of a ConvTranspose: `begins` and `ends` are what its result is cut by.
NodeWindow transposed_window_of(const Shaper&, std::vector<std::int64_t> kernel);
/// Edges that a Pad adds: the begin of every axis, then the end of every axis.
std::vector<std::int64_t> edges_of_pad(const Shaper&);

}  // namespace kiln::workload::onnx
