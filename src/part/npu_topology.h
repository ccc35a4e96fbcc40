// SPDX-License-Identifier: MIT
// Layer lists in the CSV forms of SCALE-Sim.
//
//   convolution: Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter,
//                Strides (or Stride Height, Stride Width),
//   GEMM:        Layer, M, N, K,
//
// Padding is part of the input's height and width. A convolution whose name contains "DP" is depthwise.
#pragma once

#include <string>
#include <vector>

#include "base/unknowns.h"
#include "lowering/cost/convolution_shape.h"

namespace kiln::part {

struct TopologyLayer {
  std::string name;
  bool is_convolution = false;
  bool depthwise = false;
  lowering::ConvolutionShape convolution;  ///< of one image
  lowering::GemmShape gemm;                ///< forward; of one channel when depthwise
};

/// Throws base::ConfigError with file and line for unknown headers, missing or non-positive cells, kernels
/// larger than their input, and lists without layers. Columns beyond the form, titles and another order of
/// columns are unknowns (workload/scalesim_form.h).
std::vector<TopologyLayer> read_topology(const std::string& path, base::Unknowns& unknowns);
std::vector<TopologyLayer> parse_topology(const std::string& path, std::string_view text,
                                          base::Unknowns& unknowns);
/// Strictly.
std::vector<TopologyLayer> read_topology(const std::string& path);
std::vector<TopologyLayer> parse_topology(const std::string& path, std::string_view text);

}  // namespace kiln::part
