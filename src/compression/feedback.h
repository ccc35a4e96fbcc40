// SPDX-License-Identifier: MIT
// What a codec adds to a gradient before it selects, and what it keeps of it afterwards.
#pragma once

#include <span>

#include "compression/codec.h"
#include "compression/noise.h"
#include "compression/select.h"

namespace kiln::compression {

// Returns the values to compress, in `state` or in `scratch`;
// `gradient` itself when nothing is kept between steps.
//   error feedback  a = g + e                     (Karimireddy et al., ICML 2019)
//   EF21            a = g - h                     (Richtarik et al., NeurIPS 2021)
//   dgc             u = m u + clip(g), a = e + u  (Lin et al., ICLR 2018, alg. 4)
std::span<const float> accumulate(std::span<const float> gradient, const CodecConfig& config, State& state,
                                  std::vector<float>& scratch);

// After sending `decoded` at `places` (all elements of a
// dense code). The residual is rounded to its stored format.
void settle_feedback(const Places& places, std::span<const float> decoded, const CodecConfig& config,
                     Noise noise, State& state);

// The work of both, `sent` elements having been sent after the passes that `work` holds.
void count_feedback(const CodecConfig& config, std::int64_t elements, std::int64_t sent, WorkCounts& work);

}  // namespace kiln::compression
