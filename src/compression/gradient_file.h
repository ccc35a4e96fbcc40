// SPDX-License-Identifier: MIT
// Gradients that were measured elsewhere: a NumPy array (.npy, format 1 to 3) or raw
// little-endian fp32 values. What is no gradient is refused by name: text, other types and byte
// orders, missing and surplus values.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace kiln::compression {

/// Says what the bytes are instead and what to do about it.
class GradientFileError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct GradientFile {
  std::vector<float> values;    ///< in the order of C, all finite
  std::int64_t not_finite = 0;  ///< that were NaN or infinite and are taken as zero, as mixed-precision
                                ///< training drops them
};

/// At most this share of the values may be NaN or infinite.
inline constexpr double kMostNotFinite = 1e-3;

/// Bytes with the magic of .npy are read by their header: '<f2', '<f4', '<f8' or 'bfloat16', any shape and
/// order of axes; others as raw fp32. Throws GradientFileError unless they hold exactly `needed` values that
/// can be gradients.
GradientFile parse_gradients(std::string_view bytes, std::int64_t needed);

}  // namespace kiln::compression
