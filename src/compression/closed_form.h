// SPDX-License-Identifier: MIT
// Expected sizes without encoding, for gradients that are not at hand. Places are taken as independent, so
// that gaps are geometric with q = 1 - p (Golomb 1966).
#pragma once

#include "compression/codec_config.h"
#include "compression/counts.h"

namespace kiln::compression {

// Expected bits of places per sent element at density p. For
// rle_padded the kept zeros are included, values and all.
double index_bits_per_kept(const CodecConfig& config, double density, std::int64_t elements);

// H(p)/p: no coder of independent places does better.
double entropy_bits_per_kept(double density);

// Expected bits of a gradient of `elements`. `kept` < 0 takes the configured density (after
// warm-up); selectors that send more or less than asked need the measured number. Headers and
// byte padding are included.
BitCounts closed_form_bits(const CodecConfig& config, std::int64_t elements, std::int64_t kept = -1);

// Bits of the header the codec writes: elements, and for
// sparse gradients entries and the seed of random places.
int header_bits(const CodecConfig& config);

}  // namespace kiln::compression
