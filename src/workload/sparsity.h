// SPDX-License-Identifier: MIT
// What pruned weights look like: non-zero share and stored bits.
#pragma once

#include "workload/training_config.h"

namespace kiln::workload {

/// Share of non-zero weights; 1 when whole channels are removed (the layers shrink instead).
double weight_density(const PruningConfig&);

/// Stored bits per weight place: unstructured = values and a bitmap, n:m = values and their places in the
/// group. Never more than dense storage.
double pruned_bits(const PruningConfig&, double dense_bits);

}  // namespace kiln::workload
