// SPDX-License-Identifier: MIT
// Places of the sent elements to bits and back. The gap of an entry is the number of zeros before it.
#pragma once

#include <span>

#include "compression/bit_stream.h"
#include "compression/codec_config.h"
#include "compression/select.h"

namespace kiln::compression {

// What encoder and decoder both know before the first place.
struct PlaceContext {
  std::uint32_t elements = 0;
  std::uint32_t entries = 0;

  double density() const { return elements == 0 ? 0 : static_cast<double>(entries) / elements; }
};

// The remainder bits that suit geometric gaps of this density: round(log2(ln 2 / p)), at least 0.
int rice_parameter(double density);
// Bits of one coordinate.
int coordinate_bits(const CodecConfig& config, std::int64_t elements);

// rle_padded: the places with the kept zeros that break runs longer than a code; `padded[i]` marks those.
Places break_long_runs(const Places& places, int run_bits, std::vector<bool>& padded);

// `places` ascending; for rle_padded already broken. Returns the bits written.
std::int64_t write_places(const Places& places, const CodecConfig& config, const PlaceContext& context,
                          BitWriter& writer);

// Throws base::SimError when the stream ends early or names a place outside the tensor.
Places read_places(BitReader& reader, const CodecConfig& config, const PlaceContext& context);

}  // namespace kiln::compression
