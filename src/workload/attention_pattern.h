// SPDX-License-Identifier: MIT
// Attention as exporters take it apart: heads made axes, two products with a softmax between, heads put
// together again.
#pragma once

#include <functional>
#include <string>

#include "workload/network_config.h"

namespace kiln::workload {

/// Makes one `attention` of reshape, transpose, product, softmax, product, transpose and reshape, where
/// nothing else reads a value in between, no mask is added, the sequences lie row by row, and scores are
/// scaled by one over the root of a head's width. It has the name of the last reshape; only those are made
/// whose name `wanted` takes. Throws ConfigError where shapes do not fit.
NetworkConfig gather_attention(const NetworkConfig&, const std::function<bool(const std::string&)>& wanted);

}  // namespace kiln::workload
