// SPDX-License-Identifier: MIT
// The kinds of layers: name, keys and rules of each in one row (layer_table.cpp).
#pragma once

#include <span>

#include "config/value.h"

namespace kiln::workload {

enum class LayerOp {
  conv,       ///< convolution, grouped when `groups` > 1
  depthwise,  ///< one filter per channel
  conv_transpose,
  linear,     ///< on the channels of every position
  matmul,     ///< product of two activations
  lstm,       ///< over the tokens; four gates, two bias vectors
  gru,        ///< over the tokens; three gates, two bias vectors
  embedding,  ///< table look-up, one row per token
  positions,  ///< adds a learned vector per token; prepends `class_tokens` learned tokens; maps become tokens
  rotary,     ///< turns pairs of a head's channels by an angle that grows with the position
  top_k,      ///< the experts of each token, by its scores; the weights of these experts
  moe_dispatch,  ///< rows of the tokens, sorted by expert
  moe_experts,   ///< a linear layer of each expert on its rows
  moe_combine,   ///< weighted sum of the experts' rows of each token; from: [rows, weights]
  batchnorm,
  layernorm,  ///< over the channels of each token
  groupnorm,
  instancenorm,
  rmsnorm,
  attention_scores,  ///< Q K^T per head and softmax; from: a layer with `split: 3`, or [queries, keys]
  attention_values,  ///< P V per head; from: [scores, qkv] or [scores, values]
  attention,         ///< both at once, scores never in memory; from: a layer with `split: 3`, or [q, k, v]
  softmax,
  activation,  ///< `act` alone
  max_pool,
  average_pool,
  global_pool,  ///< mean over height and width
  reduce_mean,  ///< mean over `axis`
  add,
  sub,
  mul,  ///< operands may have one value per channel (squeeze-excite), or extents of 1
  div,
  concat,
  split,
  slice,
  pad,
  resize,
  transpose,
  reshape,
  flatten,  ///< a view: all values become channels
  input,    ///< a further input of the network
  select    ///< the first (class token) or last (recurrent) token
};
std::span<const config::EnumName<LayerOp>> enum_names(const LayerOp*);

/// Keys of a layer that only some kinds have.
namespace layer_key {
enum : std::uint64_t {
  kOut = 1U << 0,
  kWindow = 1U << 1,  ///< kernel, stride, padding
  kDilation = 1U << 2,
  kGroups = 1U << 3,
  kHeads = 1U << 4,
  kParts = 1U << 5,
  kEntries = 1U << 6,
  kClassTokens = 1U << 7,
  kToken = 1U << 8,
  kTied = 1U << 9,
  kBias = 1U << 10,
  kNorm = 1U << 11,
  kAct = 1U << 12,
  kCeil = 1U << 13,
  kCountPadding = 1U << 14,
  kEpsilon = 1U << 15,
  kTranspose = 1U << 16,  ///< transpose_a, transpose_b
  kAxis = 1U << 17,
  kRange = 1U << 18,  ///< begin, end, step
  kPadding = 1U << 19,
  kPadMode = 1U << 20,
  kOrder = 1U << 21,
  kShape = 1U << 22,
  kSizes = 1U << 23,
  kCausal = 1U << 24,
  kAxes = 1U << 25,
  kKeyHeads = 1U << 26,  ///< kv_heads
  kOperand = 1U << 27,   ///< operand, value
  kReverse = 1U << 28,
  kOutputPadding = 1U << 29,
  kResize = 1U << 30,  ///< size, interpolation
  kTurned = 1U << 31,
  kTopK = std::uint64_t{1} << 32,        ///< top, renormalise, skew, capacity_factor
  kRouting = std::uint64_t{1} << 33,     ///< routing
  kTokenWindow = std::uint64_t{1} << 34  ///< window
};
}  // namespace layer_key
std::uint64_t keys_of(LayerOp);

class LayerKind;
const LayerKind& kind_of(LayerOp);

}  // namespace kiln::workload
