// SPDX-License-Identifier: MIT
// Functions of one value, element by element. One row of the table in activation.cpp says all about each.
#pragma once

#include <span>

#include "config/value.h"

namespace kiln::workload {

enum class Activation {
  none,
  relu,
  relu6,
  leaky_relu,
  silu,
  sigmoid,
  hard_sigmoid,
  gelu,
  tanh,
  hard_swish,
  square_root,
  exponential,
  logarithm,
  square,
  power,  ///< of a fixed exponent
  reciprocal,
  absolute,
  clip,  ///< between two fixed bounds
  elu,
  softplus,
  mish,
  error_function,
  sine,
  cosine,
  other  ///< a function that Kiln does not know: one lane operation each way, its input is kept
};
std::span<const config::EnumName<Activation>> enum_names(const Activation*);

/// What the backward pass needs of an activation.
enum class Keeps {
  nothing,
  mask,   ///< one bit per element: where the slope is that of the inside
  input,  ///< in storage precision
  output
};

struct ActivationLaw {
  double forward_ops = 0;   ///< lane operations per element
  double backward_ops = 0;  ///< the same, of the product of error and slope
  Keeps keeps = Keeps::nothing;
  bool has_zeros = false;  ///< a share of its results is exactly zero (TrainingConfig::relu_density)
};
const ActivationLaw& law_of(Activation);

}  // namespace kiln::workload
