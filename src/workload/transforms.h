// SPDX-License-Identifier: MIT
// Rewrites of a network before it is trained: same names for the layers that others refer to, new shapes.
#pragma once

#include "workload/network_config.h"
#include "workload/training_config.h"

namespace kiln::workload {

/// Replaces each k x k convolution (k > 1, one group) named in `layers` by a depthwise k x k with norm and
/// activation and a pointwise 1 x 1 that keeps the name (Howard et al. 2017); `all` takes every eligible one
/// but the first layer. Throws ConfigError on a name that is not such a convolution.
NetworkConfig rewrite_depthwise_separable(const NetworkConfig&, const std::vector<std::string>& layers);

/// Removes a share of the channels of inner layers: outputs that reach no addition, product, attention or the
/// loss unchanged. At least one channel stays, groups stay whole.
NetworkConfig prune_channels(const NetworkConfig&, double share);

/// Makes one `attention` of each attention_values layer that the training wants tiled (`attention`, `layers`)
/// and of its scores, under the name of the former; and of attention that exporters took apart
/// (attention_pattern.h). Scores that something else reads, too, stay.
NetworkConfig fuse_attention(const NetworkConfig&, const TrainingConfig&);

/// All rewrites that the training asks for.
NetworkConfig rewrite(const NetworkConfig&, const TrainingConfig&);

}  // namespace kiln::workload
