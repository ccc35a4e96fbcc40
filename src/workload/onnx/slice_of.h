// SPDX-License-Identifier: MIT
// Which places a Slice takes and how a Transpose orders axes.
#pragma once

#include <cstdint>
#include <vector>

#include "workload/onnx/shape_rules.h"

namespace kiln::workload::onnx {

struct AxisRange {
  int axis = 0;
  std::int64_t begin = 0, end = 0, step = 1;  ///< within the axis; `end` is -1 at most for negative steps
  std::int64_t count() const;
};
/// Throws NodeError.
std::vector<AxisRange> ranges_of(const Shaper&);
std::vector<std::int64_t> order_of(const Shaper&);

}  // namespace kiln::workload::onnx
