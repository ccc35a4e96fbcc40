// SPDX-License-Identifier: MIT
#include "compression/quantize.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "compression/half.h"

namespace kiln::compression {
namespace {

// TernGrad clips at 2.5 standard deviations (Wen et al., NIPS 2017, sec. 4).
constexpr double kTernaryClip = 2.5;

float largest_magnitude(std::span<const float> block) {
  // Magnitudes of floats order like their bit patterns; the
  // integer maximum vectorises, the float one does not.
  std::int32_t largest = 0;
  for (const float value : block) {
    const std::int32_t magnitude = std::bit_cast<std::int32_t>(value) & 0x7fffffff;
    largest = magnitude > largest ? magnitude : largest;
  }
  return std::bit_cast<float>(largest);
}

struct Moments {
  double absolute = 0;
  double squared = 0;
};

// Four partial sums: one chain of dependent additions would bound the throughput.
Moments moments_of(std::span<const float> block) {
  double absolute[4] = {};
  double squared[4] = {};
  for (std::size_t i = 0; i < block.size(); ++i) {
    const double value = block[i];
    absolute[i % 4] += std::abs(value);
    squared[i % 4] += value * value;
  }
  return {absolute[0] + absolute[1] + absolute[2] + absolute[3],
          squared[0] + squared[1] + squared[2] + squared[3]};
}

int largest_code(const CodecConfig& config) {
  switch (config.values) {
    case Values::int8:
      return 127;
    case Values::int4:
      return 7;
    case Values::int2:
    case Values::ternary:
      return 1;
    case Values::qsgd:
      return config.qsgd_levels;
    case Values::block_floating_point:
      return (1 << config.mantissa_bits) - 1;
    case Values::fp32:
    case Values::fp16:
    case Values::sign:
      break;
  }
  return 0;
}

void quantize_nearest(std::span<const float> values, float inverse, int limit,
                      std::span<std::int32_t> codes) {
  // Adding 1.5 x 2^23 leaves the value, rounded to nearest even, in the low bits of the mantissa.
  constexpr float kRoundToInteger = 12582912.0f;
  const float bound = static_cast<float>(limit);
  for (std::size_t i = 0; i < values.size(); ++i) {
    float scaled = values[i] * inverse;
    scaled = scaled < bound ? scaled : bound;
    scaled = scaled > -bound ? scaled : -bound;
    codes[i] = std::bit_cast<std::int32_t>(scaled + kRoundToInteger) - 0x4b400000;
  }
}

void quantize_stochastic(std::span<const float> values, float inverse, float clip, int limit, Noise noise,
                         std::uint32_t first_place, std::span<std::int32_t> codes) {
  const float shift = static_cast<float>(2 * limit);
  for (std::size_t i = 0; i < values.size(); ++i) {
    float value = values[i];
    value = value < clip ? value : clip;
    value = value > -clip ? value : -clip;
    const float uniform = noise.uniform(first_place + static_cast<std::uint32_t>(i));
    const int code = static_cast<int>(value * inverse + uniform + shift) - 2 * limit;
    codes[i] = std::clamp(code, -limit, limit);
  }
}

}  // namespace

int scale_bits(Values values) {
  switch (values) {
    case Values::fp32:
    case Values::fp16:
      return 0;
    case Values::int8:
    case Values::int4:
    case Values::int2:
      return 16;
    case Values::sign:
    case Values::ternary:
    case Values::qsgd:
      return 32;
    case Values::block_floating_point:
      return 8;
  }
  return 0;
}

bool uses_codes(Values values) {
  return values != Values::fp32 && values != Values::fp16;
}

BlockScale scale_from_code(std::uint32_t code, const CodecConfig& config) {
  const auto limit = static_cast<float>(std::max(1, largest_code(config)));
  BlockScale scale{code, 0, std::bit_cast<float>(0x7f7fffffu)};
  switch (config.values) {
    case Values::int8:
    case Values::int4:
    case Values::int2:
      scale.step = from_bfloat16(static_cast<std::uint16_t>(code));
      break;
    case Values::sign:
    case Values::ternary:
    case Values::qsgd:
      scale.step = std::bit_cast<float>(code) / limit;
      break;
    case Values::block_floating_point:
      // Exponent field e: the largest magnitude is below 2^(e - 126).
      scale.step = code == 0 ? 0.0f : std::ldexp(1.0f, static_cast<int>(code) - 126 - config.mantissa_bits);
      break;
    case Values::fp32:
    case Values::fp16:
      break;
  }
  return scale;
}

BlockScale find_scale(std::span<const float> block, const CodecConfig& config) {
  switch (config.values) {
    case Values::int8:
    case Values::int4:
    case Values::int2: {
      const float step = largest_magnitude(block) / static_cast<float>(largest_code(config));
      return scale_from_code(to_bfloat16_up(step), config);
    }
    case Values::sign: {
      const double mean =
          moments_of(block).absolute / static_cast<double>(std::max<std::size_t>(1, block.size()));
      return scale_from_code(std::bit_cast<std::uint32_t>(static_cast<float>(mean)), config);
    }
    case Values::qsgd:
      return scale_from_code(
          std::bit_cast<std::uint32_t>(static_cast<float>(std::sqrt(moments_of(block).squared))), config);
    case Values::ternary: {
      const double count = static_cast<double>(std::max<std::size_t>(1, block.size()));
      const auto clip = static_cast<float>(kTernaryClip * std::sqrt(moments_of(block).squared / count));
      BlockScale scale =
          scale_from_code(std::bit_cast<std::uint32_t>(std::min(clip, largest_magnitude(block))), config);
      scale.clip = scale.step;
      return scale;
    }
    case Values::block_floating_point:
      return scale_from_code(std::bit_cast<std::uint32_t>(largest_magnitude(block)) >> 23, config);
    case Values::fp32:
    case Values::fp16:
      break;
  }
  return {};
}

void quantize(std::span<const float> values, const BlockScale& scale, const CodecConfig& config, Noise noise,
              std::uint32_t first_place, std::span<std::int32_t> codes) {
  if (config.values == Values::sign) {
    for (std::size_t i = 0; i < values.size(); ++i) codes[i] = std::bit_cast<std::int32_t>(values[i]) >> 31;
    return;
  }
  const float inverse = scale.step > 0 ? 1 / scale.step : 0.0f;
  if (scale.step <= 0 || !std::isfinite(inverse)) {  // all zeros, or below what a float can scale
    std::fill(codes.begin(), codes.end(), 0);
    return;
  }
  const bool unbiased = config.values == Values::ternary || config.values == Values::qsgd;
  if (unbiased || config.rounding == Rounding::stochastic) {
    quantize_stochastic(values, inverse, scale.clip, largest_code(config), noise, first_place, codes);
  } else {
    quantize_nearest(values, inverse, largest_code(config), codes);
  }
}

void dequantize(std::span<const std::int32_t> codes, const BlockScale& scale, const CodecConfig& config,
                std::span<float> values) {
  const float step = scale.step;
  if (config.values == Values::sign) {
    for (std::size_t i = 0; i < codes.size(); ++i) values[i] = codes[i] < 0 ? -step : step;
    return;
  }
  const int limit = largest_code(config);
  const float safe_step = std::isfinite(step) ? step : 0.0f;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const std::int32_t code = codes[i] < -limit ? 0 : codes[i];
    values[i] = static_cast<float>(code) * safe_step;
  }
}

}  // namespace kiln::compression
