// SPDX-License-Identifier: MIT
// SCALE-Sim topology files as a second kind of network.
//
// Convolution form: name, IFMAP height, IFMAP width, filter height, filter width, channels, filters, stride
// (or stride height, stride width); padding is folded into the IFMAP by the file's author and the output is
// ceil((H - kh + s) / s), one larger than what frameworks give where the stride does not divide. A name
// containing `DP` marks a depthwise layer. GEMM form: name, M, N, K. The columns are positional, the header
// line decides the form, a trailing comma is allowed.
#pragma once

#include <string>
#include <string_view>

#include "workload/network.h"

namespace kiln::workload {

/// Layers in file order; each reads the one before, with its own shape as written. Batch 1 gives the file's
/// sizes. No biases, norms or activations. Throws ConfigError with file:line.
Network read_scalesim_topology(const std::string& path, std::string_view text);

}  // namespace kiln::workload
