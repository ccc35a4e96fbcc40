// SPDX-License-Identifier: MIT
// From a network and a way of training it to the graph of one step.
//
// With `kind: none` it is the forward pass alone, with `zeroth_order` there are two of them and passes over
// the weights (expand_zeroth_order.cpp).
//
// Order: forward, loss, backward in reverse layer order (per layer: activation and norm, DGRAD, WGRAD, then
// COMPRESS, REDUCE and UPDATE, or these three for all layers at the end). Every error, saved value and
// parameter is a tensor of its own, so reads and writes give traffic and lifetimes give memory.
//
// Rules for what is kept (fp32 totals of MobileNetV2, batch 8: 430 MB and 28 MB of weights and gradients):
//   conv, linear       trained: input; frozen below a live path, or bias-only: nothing
//   batch norm         trained: its input and four values per channel; stored statistics: nothing (folded)
//   relu, relu6        1 bit per element; silu, gelu: their input; sigmoid, softmax: their output
//   max pool           index of the maximum, ceil(log2(window)) bits
//   layer norm         input and two values per row
//   lstm               four gates and the cell state per step, and the input
// A value used by several readers is kept once.
#pragma once

#include <functional>

#include "workload/network.h"
#include "workload/step_graph.h"
#include "workload/training_config.h"

namespace kiln::workload {

/// Of the names of a teacher's tensors and layers, in the graph of its student.
inline constexpr const char* kTeacherPrefix = "teacher/";

/// What `recompute: optimal` goes by: of the steps that need no more than `room_bytes`, the one whose
/// recomputation costs the least; where none does, and without a chip, the one that needs the least.
struct RecomputeJudge {
  /// Bytes of memory that a step needs; absent: its footprint, on no chip.
  std::function<std::int64_t(const StepGraph&)> need_of = {};
  std::int64_t room_bytes = 0;
  /// Of its recomputed operations, in any unit.
  std::function<double(const StepGraph&)> cost_of = {};
};

/// One step on a network as it stands. Throws ConfigError on unknown layer names and impossible freezing.
StepGraph expand(const Network&, const TrainingConfig&, const RecomputeJudge& judge = {});

/// Applies the rewrites of the training (depthwise-separable, channel pruning), resolves shapes, expands.
StepGraph build_step(const NetworkConfig&, const TrainingConfig&);

}  // namespace kiln::workload
