// SPDX-License-Identifier: MIT
// From a gradient to new weights.
#pragma once

#include <cstdint>
#include <span>

#include "workload/rules.h"

namespace kiln::learning {

struct OptimizerSettings {
  double learning_rate = 0.02;
  double momentum = 0.9;  ///< of kind momentum
  bool nesterov = false;
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;  ///< of Adam
  double weight_decay = 0;                            ///< added to the gradient (L2), for all parameters
  double perturbation = 1e-3;  ///< of zeroth order: of the weights, along the direction
};

/// One step on values that lie together. `state` holds what the kind keeps, array behind array: momentum the
/// velocity, Adam first and second moments. `step` counts from 1.
///   momentum  v = m v + g;  w -= r v        (Nesterov: w -= r (g + m v); Sutskever et al., ICML 2013)
///   Adam      Kingma & Ba, ICLR 2015, algorithm 1
void optimize(workload::OptimizerKind kind, const OptimizerSettings& settings, std::int64_t step,
              std::span<const float> gradient, std::span<float> weights, std::span<float> state);

}  // namespace kiln::learning
