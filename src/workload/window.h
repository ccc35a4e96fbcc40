// SPDX-License-Identifier: MIT
// Windows of convolutions and pools: kernel, stride, dilation, padding, and the extents they lead to.
#pragma once

#include <array>
#include <cstdint>

#include "config/value.h"

namespace kiln::workload {

/// Padding as a user writes it: same, valid, N, [down, across] or [top, left, bottom, right].
struct Padding {
  enum class Mode {
    same,   ///< output = ceil(input / stride); an odd row or column of zeros is at the end
    valid,  ///< none
    given
  };
  Mode mode = Mode::same;
  std::array<std::int32_t, 4> edges{};  ///< top, left, bottom, right; of mode `given`

  bool operator==(const Padding&) const = default;
};

/// Geometry of a window over a map or a volume, whose depth is in front of its rows; what im2col in the DMA
/// and halos need. Of a map all extents of depth are 1.
struct ConvShape {
  std::int32_t kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1;
  std::int32_t in_h = 1, in_w = 1, out_h = 1, out_w = 1;
  std::int32_t in_channels = 0, out_channels = 0;
  std::int32_t dilation_h = 1, dilation_w = 1;
  std::int32_t pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  std::int32_t kernel_d = 1, stride_d = 1, dilation_d = 1;
  std::int32_t in_d = 1, out_d = 1, pad_front = 0, pad_back = 0;
  bool volume = false;  ///< has a depth, be it of 1

  /// Rows of the input between the first and the last one that an output reads, both counted.
  std::int32_t reach_h() const { return dilation_h * (kernel_h - 1) + 1; }
  std::int32_t reach_w() const { return dilation_w * (kernel_w - 1) + 1; }
  std::int32_t reach_d() const { return dilation_d * (kernel_d - 1) + 1; }
  /// The same along the first axis, and its stride: of the lines that tiles divide.
  std::int32_t line_reach() const { return volume ? reach_d() : reach_h(); }
  std::int32_t line_stride() const { return volume ? stride_d : stride_h; }
  std::int64_t positions() const { return std::int64_t{kernel_d} * kernel_h * kernel_w; }
  std::int64_t in_positions() const { return std::int64_t{in_d} * in_h * in_w; }
  std::int64_t out_positions() const { return std::int64_t{out_d} * out_h * out_w; }
};

/// Sets padding and output extents from kernel, stride, dilation and input. `round_up`: a last window that
/// reaches over the edge counts. `front_back`: given padding of the depth. False when the window does not fit
/// the padded input.
bool place_window(const Padding& padding, const std::array<std::int32_t, 2>& front_back, bool round_up,
                  ConvShape& window);

}  // namespace kiln::workload

namespace kiln::config {

template <>
struct Value<workload::Padding> {
  static void read(const Node&, const Spec&, Reader&, workload::Padding& value);
  static Node write(const workload::Padding& value, const Spec&);
  static Node schema(const Spec& spec);
  static std::string type_name(const Spec&) { return "same | valid, or rows and columns at the edges"; }
  static const RecordBase* record() { return nullptr; }
};

}  // namespace kiln::config
