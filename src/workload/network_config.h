// SPDX-License-Identifier: MIT
// A network as a user writes it: one line per layer, shapes left to inference (network.h).
//
//   layers:
//     - {name: stem, op: conv, out: 32, kernel: 3, stride: 2, norm: batch, act: relu6}
//     - {name: dw, op: depthwise, kernel: 3, norm: batch, act: relu6}
//     - {name: project, op: conv, out: 32, kernel: 1, norm: batch}
//     - {name: add, op: add, from: [project, stem]}
//
// `from` names earlier layers (or `input`); without it a layer reads the one before.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/record.h"

namespace kiln::workload {

enum class LayerOp {
  conv,       ///< convolution, grouped when `groups` > 1
  depthwise,  ///< one filter per channel
  linear,     ///< on the channels of every position
  lstm,       ///< over the tokens; four gates, two bias vectors
  embedding,  ///< table look-up, one row per token
  positions,  ///< adds a learned vector per token; prepends `class_tokens` learned tokens; maps become tokens
  layernorm,  ///< over the channels of each token
  attention_scores,  ///< Q K^T per head and softmax; reads parts 0 and 1 of a layer with `split: 3`
  attention_values,  ///< P V per head; from: [scores, qkv]
  max_pool,
  average_pool,
  global_pool,  ///< mean over height and width
  add,
  mul,      ///< second operand may have one value per channel (squeeze-excite)
  flatten,  ///< a view: all values become channels
  select    ///< the first (class token) or last (recurrent) token
};
enum class Norm { none, batch };
enum class Activation { none, relu, relu6, silu, sigmoid, gelu };
enum class Padding {
  same,  ///< output = ceil(input / stride)
  valid  ///< no padding
};
enum class TokenPick { first, last };
enum class LossKind { cross_entropy, mean_squared_error };

std::span<const config::EnumName<LayerOp>> enum_names(const LayerOp*);
std::span<const config::EnumName<Norm>> enum_names(const Norm*);
std::span<const config::EnumName<Activation>> enum_names(const Activation*);
std::span<const config::EnumName<Padding>> enum_names(const Padding*);
std::span<const config::EnumName<TokenPick>> enum_names(const TokenPick*);
std::span<const config::EnumName<LossKind>> enum_names(const LossKind*);

struct LayerConfig {
  base::Place place;  ///< where it is written, for errors of shapes
  std::string name;
  LayerOp op = LayerOp::conv;
  std::vector<std::string> from;
  std::int64_t out = 0;
  std::int32_t kernel = 1;
  std::optional<std::int32_t> kernel_w;
  std::int32_t stride = 1;
  std::optional<std::int32_t> stride_w;
  Padding padding = Padding::same;
  std::int32_t groups = 1;
  std::int32_t heads = 1;
  std::int32_t split = 1;
  std::int64_t entries = 0;
  std::int64_t class_tokens = 0;
  TokenPick token = TokenPick::first;
  std::string tied;
  std::optional<bool> bias;
  Norm norm = Norm::none;
  Activation act = Activation::none;
};
const config::Record<LayerConfig>& describe(const LayerConfig*);

/// A feature map, or a sequence: height = tokens, width = 1.
struct InputConfig {
  std::int64_t channels = 3;
  std::int64_t height = 1;
  std::int64_t width = 1;
};
const config::Record<InputConfig>& describe(const InputConfig*);

struct NetworkConfig {
  std::string name;
  std::string source;
  InputConfig input;
  LossKind loss = LossKind::cross_entropy;
  std::vector<LayerConfig> layers;
};
const config::Record<NetworkConfig>& describe(const NetworkConfig*);

}  // namespace kiln::workload
