// SPDX-License-Identifier: MIT
// The arrays that lie one behind another in one tensor: the parameters of a layer, their gradients,
// statistics.
#pragma once

#include <cstdint>
#include <vector>

#include "base/matrix_shape.h"

namespace kiln::workload {

enum class PartKind {
  weight,  ///< convolution (out, in / groups, [kernel_d,] kernel_h, kernel_w); linear (out, in); table (rows,
           ///< width); experts (experts, out, in)
  recurrent_weight,  ///< (gates, hidden, hidden)
  class_token,       ///< (tokens, width)
  bias,
  recurrent_bias,  ///< (gates, hidden)
  scale,           ///< per channel
  shift,           ///< per channel
  low_rank_down,   ///< A of Y += (X A) B: (rank, inputs); experts (experts, rank, inputs)
  low_rank_up,     ///< B: (outputs, rank); experts (experts, outputs, rank)
  mean,
  deviation,
  flag,
  operand,  ///< second operand of an addition, product and so on; extents of one sample
  scalar    ///< a loss, or its slope along a direction
};

/// Row-major, in the order of its extents.
struct Part {
  PartKind kind = PartKind::weight;
  std::vector<std::int64_t> extents;
  std::int64_t offset = 0;  ///< elements in front of it

  std::int64_t elements() const;
  bool operator==(const Part&) const = default;
};
using Parts = std::vector<Part>;

std::int64_t elements_of(const Parts& parts);
/// Elements of the parts of one kind.
std::int64_t elements_of(const Parts& parts, PartKind kind);
/// The matrices among them: outputs by all that one is summed over, an expert's each by itself, rows of a
/// table by their width. Biases, scales and shifts are none.
std::vector<base::MatrixShape> matrices_of(const Parts& parts);
/// Sets the offsets so that the parts lie one behind another.
Parts packed(Parts parts);

}  // namespace kiln::workload
