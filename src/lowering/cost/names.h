// SPDX-License-Identifier: MIT
// How the choices of the cost laws are spelled in YAML and on the command line.
#pragma once

#include <span>

#include "config/value.h"
#include "lowering/cost/array_cost.h"
#include "lowering/cost/convolution_shape.h"
#include "lowering/cost/kernel_positions.h"
#include "lowering/cost/sparsity_cost.h"

namespace kiln::lowering {

std::span<const config::EnumName<Dataflow>> enum_names(const Dataflow*);  // os, ws, is
std::span<const config::EnumName<CostLaw>> enum_names(const CostLaw*);    // strict, pipelined, broadcast
std::span<const config::EnumName<TrainingPhase>> enum_names(const TrainingPhase*);  // forward, dgrad, wgrad
std::span<const config::EnumName<ConvolutionMapping>> enum_names(const ConvolutionMapping*);  // im2col, ...
std::span<const config::EnumName<SparsityScheme>> enum_names(
    const SparsityScheme*);  // dense, zero_gated, ...

}  // namespace kiln::lowering
