// SPDX-License-Identifier: MIT
// Blocks of floats to small signed integers and back. A block shares a scale; `code * step` is the value.
#pragma once

#include <cstdint>
#include <span>

#include "compression/codec_config.h"
#include "compression/counts.h"
#include "compression/noise.h"

namespace kiln::compression {

// The scale of a block: what is written (`code`) and the step it means.
struct BlockScale {
  std::uint32_t code = 0;
  float step = 0;  // value of one unit; 0 for a block of zeros
  float clip = 0;  // ternary: magnitudes are clipped here first
};

// Bits one scale takes: 16 (bfloat16) for integers, 32 for
// sign, ternary and QSGD, 8 for block floating point.
int scale_bits(Values values);
// True for formats written as codes with a scale, false for plain floats.
bool uses_codes(Values values);

BlockScale find_scale(std::span<const float> block, const CodecConfig& config);
BlockScale scale_from_code(std::uint32_t code, const CodecConfig& config);

// codes.size() == values.size(). `first_place` numbers the elements for the noise.
void quantize(std::span<const float> values, const BlockScale& scale, const CodecConfig& config, Noise noise,
              std::uint32_t first_place, std::span<std::int32_t> codes);

// The code -2^(b-1), which no encoder writes, is taken for a bit error and decoded as zero.
void dequantize(std::span<const std::int32_t> codes, const BlockScale& scale, const CodecConfig& config,
                std::span<float> values);

}  // namespace kiln::compression
