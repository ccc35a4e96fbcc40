// SPDX-License-Identifier: MIT
// The kinds of layers, one object each, for layer_table.cpp; and shapes that several infer. Internal to
// workload.
#pragma once

#include "workload/layer_kind.h"

namespace kiln::workload {

const LayerKind& convolution_kind();
const LayerKind& depthwise_kind();
const LayerKind& conv_transpose_kind();
const LayerKind& linear_kind();
const LayerKind& matmul_kind();
const LayerKind& recurrent_kind(CellKind);
const LayerKind& embedding_kind();
const LayerKind& positions_kind();
const LayerKind& rotary_kind();
const LayerKind& top_k_kind();
const LayerKind& moe_dispatch_kind();
const LayerKind& moe_experts_kind();
const LayerKind& moe_combine_kind();
const LayerKind& batch_norm_kind();
const LayerKind& row_norm_kind(NormKind);
const LayerKind& attention_scores_kind();
const LayerKind& attention_values_kind();
const LayerKind& tiled_attention_kind();
const LayerKind& softmax_kind();
const LayerKind& activation_kind();
const LayerKind& pool_kind(PoolKind);
const LayerKind& global_pool_kind();
const LayerKind& reduce_mean_kind();
const LayerKind& combine_kind(CombineKind);
const LayerKind& concat_kind();
const LayerKind& split_kind();
const LayerKind& slice_kind();
const LayerKind& select_kind();
const LayerKind& pad_kind();
const LayerKind& resize_kind();
const LayerKind& transpose_kind();
const LayerKind& reshape_kind();
const LayerKind& flatten_kind();
const LayerKind& input_kind();

/// How the heads of an attention divide queries and keys.
struct Heads {
  std::int64_t heads = 1, key_heads = 1, width = 1;
};
/// Throws Misfit when keys or shapes do not fit.
Heads infer_heads(const Inference&, const Shape& queries, const Shape& keys);
/// Tokens that a token sees; 0: all, also where the window is no shorter than the sequence. Throws Misfit
/// where queries and keys are not of one sequence.
std::int64_t infer_window(const Inference&, const Shape& queries, const Shape& keys);
/// Channels of a head. Throws Misfit at `key`.
std::int64_t head_width(const Shape&, std::int64_t heads, const char* key);
/// Attention reads sequences. Throws Misfit.
void require_sequence(const Shape&);

/// The window that a layer's keys describe, over `in`. Throws Misfit when it does not fit.
/// Channels, depth, height, width.
bool is_volume(const Shape&);
ConvShape infer_window(const Inference&, const Shape& in, bool round_up = false);
/// The shape of what a window leaves: a sequence stays one, everything else becomes a map.
Shape windowed(const Shape& in, std::int64_t channels, const ConvShape&);

}  // namespace kiln::workload
