// SPDX-License-Identifier: MIT
// Weights that a training begins with.
#pragma once

#include <cstdint>

#include "learning/tensors.h"

namespace kiln::learning {

/// Weights and biases uniform within 1 / sqrt(inputs of an output), those of recurrent layers within
/// 1 / sqrt(hidden); tables normal with deviation 0.02; scales 1, shifts 0. The outer one of two low-rank
/// factors is 0. By seed and layer: an equal layer of another graph begins equal. Masters get the same
/// values.
void fill_initial(const workload::StepGraph& graph, Tensors& tensors, std::uint64_t seed);

}  // namespace kiln::learning
