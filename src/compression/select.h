// SPDX-License-Identifier: MIT
// Which elements of a gradient are sent, as hardware finds them, with the passes it takes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "compression/codec_config.h"
#include "compression/counts.h"
#include "compression/noise.h"

namespace kiln::compression {

using Places = std::vector<std::uint32_t>;  // ascending

// What a threshold selector remembers from step to step.
struct ThresholdControl {
  double threshold = 0;  // magnitude; 0 before the first step
  double gain = 0.25;    // exponent applied to sent / wanted
  int direction = 0;     // sign of the last correction
};

// By Selector:
// - exact: radix on the magnitude's bits, four histogram passes of 8 bits and one to select; ties go
//   by place.
// - exponent_histogram: one pass counts exponents (with leading mantissa bits), one selects. The
//   whole bucket that holds the k-th element is sent.
// - sampled: the exact threshold of a strided sample, corrected by counting passes until it sends
//   0.8 to 1.3 of the target (Lin et al., ICLR 2018, sec. 3), at most 10 times.
// - previous_step: the threshold of the step before, corrected by what it sent: one pass. Under
//   error feedback the residual piles up just below the threshold, and a loop of fixed gain swings
//   between sending nothing and everything; the gain halves whenever the error changes sign and
//   slowly grows again.
//
// `control` carries the last step's threshold in and this step's out. A previous-step threshold may send
// nothing; the others send at least one element.
Places select_largest(std::span<const float> values, const CodecConfig& config, double density,
                      ThresholdControl& control, WorkCounts& work);

// All magnitudes above the threshold; may be none.
Places select_above(std::span<const float> values, double threshold, WorkCounts& work);

// One place in each of k equal strata: distinct, ascending, each element with probability k/N.
Places select_random(std::uint32_t elements, double density, Noise noise);

// Elements a density means; at least one.
std::int64_t target_count(std::size_t elements, double density);

}  // namespace kiln::compression
