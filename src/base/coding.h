// SPDX-License-Identifier: MIT
// What codes over stored words leave of bit errors.
#pragma once

#include <cmath>

namespace kiln::base {

/// Share of bits that stay wrong when words of `word_bits` (check bits included) are mended if exactly one
/// bit of them is wrong, and `p` of the bits are: the expected errors less those that stand alone, p - p
/// (1-p)^(n-1), written so that 1e-15 does not vanish. Errors that the code adds to words with more than one
/// are left out.
inline double after_single_correction(double p, int word_bits) {
  return -p * std::expm1((word_bits - 1) * std::log1p(-p));
}

}  // namespace kiln::base
