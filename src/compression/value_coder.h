// SPDX-License-Identifier: MIT
// A run of values to bits and back: the scales of all
// blocks, then the codes, each section from a whole byte on.
#pragma once

#include <span>

#include "compression/bit_stream.h"
#include "compression/codec_config.h"
#include "compression/counts.h"
#include "compression/noise.h"

namespace kiln::compression {

// `decoded` receives what the decoder will produce; it may be empty when nobody asks.
void write_values(std::span<const float> values, const CodecConfig& config, Noise noise, BitWriter& writer,
                  BitCounts& bits, WorkCounts& work, std::span<float> decoded);

// The work of writing so many.
void count_values(const CodecConfig& config, std::int64_t values, WorkCounts& work);

void read_values(BitReader& reader, const CodecConfig& config, std::span<float> values);

}  // namespace kiln::compression
