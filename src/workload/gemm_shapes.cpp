// SPDX-License-Identifier: MIT
#include "workload/gemm_shapes.h"

namespace kiln::workload {

Gemm forward_gemm(const Layer& layer, std::int64_t samples) {
  const std::int64_t window =
      layer.op == LayerOp::linear ? 1 : std::int64_t{layer.window.kernel_h} * layer.window.kernel_w;
  return {samples * layer.out.positions(), layer.out.channels / layer.groups,
          window * (layer.in.channels / layer.groups), layer.groups};
}

Gemm dgrad_gemm(const Gemm& forward) {
  return {forward.m, forward.k, forward.n, forward.repeats};
}
Gemm wgrad_gemm(const Gemm& forward) {
  return {forward.k, forward.n, forward.m, forward.repeats};
}

Gemm lstm_input_gemm(const Layer& layer, std::int64_t samples) {
  return {samples * layer.in.height, 4 * layer.out.channels, layer.in.channels, 1};
}

Gemm lstm_recurrent_gemm(const Layer& layer, std::int64_t samples) {
  return {samples, 4 * layer.out.channels, layer.out.channels, layer.in.height};
}

Gemm lstm_recurrent_wgrad_gemm(const Layer& layer, std::int64_t samples) {
  return {layer.out.channels, 4 * layer.out.channels, samples * layer.in.height, 1};
}

Gemm attention_gemm(const Layer& layer, std::int64_t samples) {
  if (layer.op == LayerOp::attention_scores) {
    const std::int64_t tokens = layer.out.channels;
    return {tokens, tokens, layer.macs / (tokens * tokens * layer.heads), samples * layer.heads};
  }
  const std::int64_t tokens = layer.out.height;
  return {tokens, layer.out.channels / layer.heads, tokens, samples * layer.heads};
}

}  // namespace kiln::workload
