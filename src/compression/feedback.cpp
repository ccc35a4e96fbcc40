// SPDX-License-Identifier: MIT
#include "compression/feedback.h"

#include <algorithm>
#include <cmath>

#include "compression/half.h"
#include "compression/quantize.h"

namespace kiln::compression {
namespace {

// EF21's state is what the receiver has, that of the others what it has not.
bool keeps_receiver(const CodecConfig& config) {
  return config.selection != Selection::dgc && config.feedback_rule == FeedbackRule::ef21;
}

// Share of a gradient's norm that survives clipping.
float clip_factor(std::span<const float> gradient, double limit) {
  if (limit <= 0) return 1;
  double squared[4] = {};
  for (std::size_t i = 0; i < gradient.size(); ++i) squared[i % 4] += double{gradient[i]} * gradient[i];
  const double norm = std::sqrt(squared[0] + squared[1] + squared[2] + squared[3]);
  return norm > limit ? static_cast<float>(limit / norm) : 1.0f;
}

void correct_momentum(std::span<const float> gradient, const CodecConfig& config, State& state) {
  const auto momentum = static_cast<float>(config.momentum);
  const float factor = clip_factor(gradient, config.clip_norm);
  float* u = state.momentum.data();
  float* e = state.residual.data();
  const float* g = gradient.data();
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    u[i] = momentum * u[i] + factor * g[i];
    e[i] += u[i];
  }
}

// The residual as it comes back from its buffer. INT8 is rounded stochastically: nearest would lose every
// residual below half a step for good.
void store_rounded(std::span<float> residual, Precision precision, Noise noise) {
  if (precision == Precision::fp32) return;
  if (precision == Precision::fp16) {
    constexpr float kLargestHalf = 65504.0f;
    for (float& value : residual) value = from_half(to_half(std::clamp(value, -kLargestHalf, kLargestHalf)));
    return;
  }
  CodecConfig stored;
  stored.values = Values::int8;
  stored.rounding = Rounding::stochastic;
  constexpr std::size_t kBlock = 256;
  std::int32_t codes[kBlock];
  for (std::size_t begin = 0; begin < residual.size(); begin += kBlock) {
    const auto block = residual.subspan(begin, std::min(kBlock, residual.size() - begin));
    const BlockScale scale = find_scale(block, stored);
    const std::span<std::int32_t> chunk(codes, block.size());
    quantize(block, scale, stored, noise, static_cast<std::uint32_t>(begin), chunk);
    dequantize(chunk, scale, stored, block);
  }
}

}  // namespace

std::span<const float> accumulate(std::span<const float> gradient, const CodecConfig& config, State& state,
                                  std::vector<float>& scratch) {
  if (state_buffers(config) == 0) return gradient;
  state.residual.resize(gradient.size(), 0.0f);
  if (config.selection == Selection::dgc) {
    state.momentum.resize(gradient.size(), 0.0f);
    correct_momentum(gradient, config, state);
    return state.residual;
  }
  float* e = state.residual.data();
  if (keeps_receiver(config)) {
    scratch.resize(gradient.size());
    for (std::size_t i = 0; i < gradient.size(); ++i) scratch[i] = gradient[i] - e[i];
    return scratch;
  }
  for (std::size_t i = 0; i < gradient.size(); ++i) e[i] += gradient[i];
  return state.residual;
}

void settle_feedback(const Places& places, std::span<const float> decoded, const CodecConfig& config,
                     Noise noise, State& state) {
  if (state_buffers(config) == 0) return;
  const bool ef21 = keeps_receiver(config);
  float* e = state.residual.data();
  if (!is_sparse(config)) {
    for (std::size_t i = 0; i < decoded.size(); ++i) e[i] += ef21 ? decoded[i] : -decoded[i];
  } else {
    for (std::size_t i = 0; i < places.size(); ++i) e[places[i]] += ef21 ? decoded[i] : -decoded[i];
  }
  if (config.selection == Selection::dgc) {
    for (const std::uint32_t place : places) state.momentum[place] = 0;  // momentum factor masking
  }
  store_rounded(state.residual, config.residual, noise);
}

void count_feedback(const CodecConfig& config, std::int64_t elements, std::int64_t sent, WorkCounts& work) {
  const int buffers = state_buffers(config);
  if (buffers == 0) return;
  work.residual_reads += elements * buffers;
  work.additions += elements * buffers;
  if (config.selection == Selection::dgc) work.multiplications += elements;
  if (keeps_receiver(config)) {
    work.residual_writes += sent;
    return;
  }
  // The sum is written back while it is read, and again where only some elements were sent.
  work.residual_writes += (elements + (is_sparse(config) ? sent : 0)) * buffers;
  // Every pass after the first reads the sum again.
  work.residual_reads += elements * std::max<std::int64_t>(0, work.passes - 1);
}

}  // namespace kiln::compression
