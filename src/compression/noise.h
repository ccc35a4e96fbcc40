// SPDX-License-Identifier: MIT
// Cheap noise for stochastic rounding: a value of the element's place and a key drawn once per tensor from
// the counter-based generator, so that loops over elements stay vectorisable and the result is reproducible.
#pragma once

#include <cstdint>

namespace kiln::compression {

struct Noise {
  std::uint32_t key = 0;

  // 32 well-mixed bits (the "lowbias32" integer hash of Wellons' prospector search).
  std::uint32_t bits(std::uint32_t place) const {
    std::uint32_t x = place + key;
    x ^= x >> 16;
    x *= 0x7feb352du;
    x ^= x >> 15;
    x *= 0x846ca68bu;
    x ^= x >> 16;
    return x;
  }

  // In [0, 1), 24 bits.
  float uniform(std::uint32_t place) const {
    return static_cast<float>(static_cast<std::int32_t>(bits(place) >> 8)) * 0x1p-24f;
  }
};

}  // namespace kiln::compression
