// SPDX-License-Identifier: MIT
// How many bytes the parameters of a network take, as trained and as deployed.
#pragma once

#include "workload/step_graph.h"

namespace kiln::workload {

/// As they lie in memory, in bytes.
double stored_model_bytes(const StepGraph& graph);

/// As an integer model is written to flash, in bytes: weights of so many bits with an fp32 scale per output
/// channel and zero points of 0 (symmetric), biases as 32-bit integers (Jacob et al., CVPR 2018). The scale
/// of a norm behind a product is folded into its weights and the shift becomes the bias; other norms stay
/// fp32.
double quantised_model_bytes(const StepGraph& graph, double weight_bits);

}  // namespace kiln::workload
