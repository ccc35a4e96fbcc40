// SPDX-License-Identifier: MIT
// What ends a forward pass and a step: the loss, and the rule that turns gradients into weights.
#pragma once

#include <span>

#include "config/value.h"

namespace kiln::workload {

enum class LossKind { cross_entropy, mean_squared_error };
std::span<const config::EnumName<LossKind>> enum_names(const LossKind*);

enum class OptimizerKind { sgd, momentum, adam };
std::span<const config::EnumName<OptimizerKind>> enum_names(const OptimizerKind*);

}  // namespace kiln::workload
