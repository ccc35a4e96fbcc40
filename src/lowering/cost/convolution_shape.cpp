// SPDX-License-Identifier: MIT
#include "lowering/cost/convolution_shape.h"

#include <algorithm>

#include "base/error.h"

namespace kiln::lowering {
namespace {

// Rows (or columns) that some window covers. With the
// output rounded up the last window may hang over the edge.
std::int64_t touched(std::int64_t extent, std::int64_t outputs, std::int64_t kernel, std::int64_t stride) {
  if (stride <= kernel) return std::min(extent, (outputs - 1) * stride + kernel);
  const std::int64_t whole = std::min(outputs, extent / stride);
  const std::int64_t rest = outputs > whole ? std::min(kernel, extent - whole * stride) : 0;
  return whole * kernel + rest;
}

}  // namespace

std::int64_t ConvolutionShape::input_elements() const {
  return touched(height, output_height(), kernel_height, stride_height) *
         touched(width, output_width(), kernel_width, stride_width) * channels;
}

GemmShape forward_gemm(const ConvolutionShape& c, std::int64_t batch) {
  KILN_CHECK(c.kernel_height > 0 && c.kernel_width > 0 && c.channels > 0 && c.filters > 0 &&
                 c.stride_height > 0 && c.stride_width > 0 && batch > 0,
             "convolution: kernel, channels, filters, strides and batch must be positive");
  KILN_CHECK(c.kernel_height <= c.height && c.kernel_width <= c.width,
             "convolution: kernel {} x {} is larger than the padded input {} x {}", c.kernel_height,
             c.kernel_width, c.height, c.width);
  return {batch * c.output_height() * c.output_width(), c.filters,
          c.kernel_height * c.kernel_width * c.channels};
}

GemmShape phase_gemm(const GemmShape& forward, TrainingPhase phase) {
  switch (phase) {
    case TrainingPhase::forward:
      return forward;
    case TrainingPhase::dgrad:
      return {forward.m, forward.k, forward.n, forward.repeats};
    case TrainingPhase::wgrad:
      return {forward.k, forward.n, forward.m, forward.repeats};
  }
  return forward;
}

}  // namespace kiln::lowering
