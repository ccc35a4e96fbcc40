// SPDX-License-Identifier: MIT
#include "workload/layer_table.h"

#include <array>

#include "base/error.h"
#include "workload/layers/kinds.h"

namespace kiln::workload {
namespace {

using namespace layer_key;

struct Row {
  config::EnumName<LayerOp> name;
  std::uint64_t keys;
  const LayerKind& (*kind)();
};

constexpr std::uint64_t kWindows = kWindow | kPadding;
constexpr std::uint64_t kBehind = kNorm | kEpsilon | kAct;  // what follows a product

constexpr Row kRows[] = {
    {{LayerOp::conv, "conv"}, kOut | kWindows | kDilation | kGroups | kBias | kBehind, convolution_kind},
    {{LayerOp::depthwise, "depthwise"}, kOut | kWindows | kDilation | kBias | kBehind, depthwise_kind},
    {{LayerOp::conv_transpose, "conv_transpose"},
     kOut | kWindows | kDilation | kGroups | kBias | kBehind | kOutputPadding,
     conv_transpose_kind},
    {{LayerOp::linear, "linear"}, kOut | kParts | kTied | kBias | kBehind, linear_kind},
    {{LayerOp::matmul, "matmul"}, kTranspose, matmul_kind},
    {{LayerOp::lstm, "lstm"},
     kOut | kReverse | kBias,
     []() -> const LayerKind& { return recurrent_kind(CellKind::lstm); }},
    {{LayerOp::gru, "gru"},
     kOut | kReverse | kBias,
     []() -> const LayerKind& { return recurrent_kind(CellKind::gru); }},
    {{LayerOp::embedding, "embedding"}, kOut | kEntries, embedding_kind},
    {{LayerOp::positions, "positions"}, kClassTokens | kEntries, positions_kind},
    {{LayerOp::rotary, "rotary"}, kHeads | kTurned, rotary_kind},
    {{LayerOp::top_k, "top_k"}, kTopK, top_k_kind},
    {{LayerOp::moe_dispatch, "moe_dispatch"}, kRouting, moe_dispatch_kind},
    {{LayerOp::moe_experts, "moe_experts"}, kOut | kRouting | kAct, moe_experts_kind},
    {{LayerOp::moe_combine, "moe_combine"}, kRouting, moe_combine_kind},
    {{LayerOp::batchnorm, "batchnorm"}, kEpsilon | kAct, batch_norm_kind},
    {{LayerOp::layernorm, "layernorm"},
     kEpsilon,
     []() -> const LayerKind& { return row_norm_kind(NormKind::layer); }},
    {{LayerOp::groupnorm, "groupnorm"},
     kEpsilon | kGroups,
     []() -> const LayerKind& { return row_norm_kind(NormKind::group); }},
    {{LayerOp::instancenorm, "instancenorm"},
     kEpsilon,
     []() -> const LayerKind& { return row_norm_kind(NormKind::instance); }},
    {{LayerOp::rmsnorm, "rmsnorm"},
     kEpsilon,
     []() -> const LayerKind& { return row_norm_kind(NormKind::rms); }},
    {{LayerOp::attention_scores, "attention_scores"},
     kHeads | kKeyHeads | kCausal | kTokenWindow,
     attention_scores_kind},
    {{LayerOp::attention_values, "attention_values"}, 0, attention_values_kind},
    {{LayerOp::attention, "attention"}, kHeads | kKeyHeads | kCausal | kTokenWindow, tiled_attention_kind},
    {{LayerOp::softmax, "softmax"}, kAxis | kCausal, softmax_kind},
    {{LayerOp::activation, "activation"}, kAct, activation_kind},
    {{LayerOp::max_pool, "max_pool"},
     kWindows | kDilation | kCeil,
     []() -> const LayerKind& { return pool_kind(PoolKind::max); }},
    {{LayerOp::average_pool, "average_pool"},
     kWindows | kDilation | kCeil | kCountPadding,
     []() -> const LayerKind& { return pool_kind(PoolKind::average); }},
    {{LayerOp::global_pool, "global_pool"}, 0, global_pool_kind},
    {{LayerOp::reduce_mean, "reduce_mean"}, kAxes, reduce_mean_kind},
    {{LayerOp::add, "add"},
     kAct | kOperand,
     []() -> const LayerKind& { return combine_kind(CombineKind::add); }},
    {{LayerOp::sub, "sub"},
     kAct | kOperand,
     []() -> const LayerKind& { return combine_kind(CombineKind::subtract); }},
    {{LayerOp::mul, "mul"},
     kAct | kOperand,
     []() -> const LayerKind& { return combine_kind(CombineKind::multiply); }},
    {{LayerOp::div, "div"},
     kAct | kOperand,
     []() -> const LayerKind& { return combine_kind(CombineKind::divide); }},
    {{LayerOp::concat, "concat"}, kAxis, concat_kind},
    {{LayerOp::split, "split"}, kAxis | kParts | kSizes, split_kind},
    {{LayerOp::slice, "slice"}, kAxis | kRange, slice_kind},
    {{LayerOp::pad, "pad"}, kPadding | kPadMode, pad_kind},
    {{LayerOp::resize, "resize"}, kResize, resize_kind},
    {{LayerOp::transpose, "transpose"}, kOrder, transpose_kind},
    {{LayerOp::reshape, "reshape"}, kShape | kAxis, reshape_kind},
    {{LayerOp::flatten, "flatten"}, 0, flatten_kind},
    {{LayerOp::input, "input"}, kShape | kAxis, input_kind},
    {{LayerOp::select, "select"}, kToken, select_kind},
};

const Row& row_of(LayerOp op) {
  for (const Row& row : kRows)
    if (row.name.value == op) return row;
  KILN_CHECK(false, "layer operation {} has no row", static_cast<int>(op));
}

}  // namespace

std::span<const config::EnumName<LayerOp>> enum_names(const LayerOp*) {
  static constexpr auto kNames = config::enum_names_of(kRows);
  return kNames;
}

std::uint64_t keys_of(LayerOp op) {
  return row_of(op).keys;
}

const LayerKind& kind_of(LayerOp op) {
  return row_of(op).kind();
}

}  // namespace kiln::workload
