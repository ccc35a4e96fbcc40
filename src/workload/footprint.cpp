// SPDX-License-Identifier: MIT
#include "workload/footprint.h"

#include <vector>

namespace kiln::workload {

MemoryFootprint footprint(const StepGraph& graph) {
  MemoryFootprint result;
  const std::size_t ops = graph.ops.size();
  std::vector<std::array<std::int64_t, kTensorClasses>> change(ops + 1);
  for (const Tensor& tensor : graph.tensors) {
    const int cls = static_cast<int>(tensor.cls);
    result.total[cls] += tensor.bytes();
    if (tensor.first_op == kNone) continue;
    // A gradient accumulated over micro-batches is there before its first operation of this one.
    const bool accumulates = tensor.cls == TensorClass::weight_gradient && graph.micro_batches > 1;
    change[accumulates ? 0 : tensor.first_op][cls] += tensor.bytes();
    change[tensor.last_op + 1][cls] -= tensor.bytes();
  }
  std::array<std::int64_t, kTensorClasses> alive{};
  for (std::size_t i = 0; i < ops; ++i) {
    std::int64_t sum = 0;
    for (int cls = 0; cls < kTensorClasses; ++cls) {
      alive[cls] += change[i][cls];
      sum += alive[cls];
    }
    if (sum <= result.peak_bytes) continue;
    result.peak_bytes = sum;
    result.peak_op = static_cast<OpId>(i);
    result.at_peak = alive;
  }
  return result;
}

}  // namespace kiln::workload
