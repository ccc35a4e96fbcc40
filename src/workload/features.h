// SPDX-License-Identifier: MIT
// Features: what the frozen front of a network makes of a sample. While its parameters stay, so do they: they
// can be computed once, kept, and read in every later epoch (as long as samples are not changed at random).
#pragma once

#include <cstdint>

#include "workload/network_config.h"
#include "workload/training_config.h"

namespace kiln::workload {

/// A network behind its features, and how it is trained on.
struct FeatureCut {
  NetworkConfig network;  ///< reads the features as inputs called like the layers that made them
  TrainingConfig training;
  std::int64_t values = 0;    ///< of the features of a sample
  std::int64_t replaced = 0;  ///< layers of the front
};

/// Cuts `network` (after `rewrite`) behind every layer that neither is trained nor reads what is. A layer
/// with several outputs, or one whose weights a later layer shares, stays. Throws ConfigError when no layer
/// with parameters is left in front of the cut.
FeatureCut cut_at_features(const NetworkConfig& network, const TrainingConfig& training);

}  // namespace kiln::workload
