// SPDX-License-Identifier: MIT
// Extents of one value of one sample; the batch is a dimension of its own, in front of them
// (Tensor::samples).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kiln::workload {

/// Extents in logical order, and which of them counts the channels. In memory the channels are always
/// innermost: a map (C, H, W) lies as H, W, C, a sequence (T, D) as it is written. Values in one order of
/// memory, such as (C, H, 1) and (H, C), are views of one another.
class Shape {
 public:
  Shape() = default;  ///< no extents: nothing
  Shape(std::vector<std::int64_t> extents, int channel_axis);
  static Shape map(std::int64_t channels, std::int64_t height, std::int64_t width);
  static Shape tokens(std::int64_t tokens, std::int64_t features);
  static Shape vector(std::int64_t values);

  const std::vector<std::int64_t>& extents() const { return extents_; }
  int rank() const { return static_cast<int>(extents_.size()); }
  int channel_axis() const { return channel_axis_; }
  std::int64_t extent(int axis) const { return extents_[static_cast<std::size_t>(axis)]; }

  std::int64_t elements() const;
  std::int64_t channels() const { return extents_.empty() ? 0 : extent(channel_axis_); }
  std::int64_t positions() const { return extents_.empty() ? 0 : elements() / channels(); }
  /// The first extent that is not the channels: height or tokens; 1 for a vector.
  std::int64_t height() const;
  /// What remains: width; 1 for sequences and vectors.
  std::int64_t width() const { return extents_.empty() ? 1 : positions() / height(); }
  /// Lines of memory that a sample is cut into for tiles: the lines of a map, so that windows stay whole;
  /// of everything else one per position.
  std::int64_t rows() const { return is_map() ? height() : positions(); }

  bool is_map() const { return channel_axis_ == 0 && rank() > 1; }
  /// Same channels, height and width: the same values in the same places of memory.
  bool lies_like(const Shape& other) const;
  /// Logical order is the order of memory: one channel, or nothing but 1s behind the channels.
  bool is_plain() const;
  Shape with_channels(std::int64_t channels) const { return with_extent(channel_axis_, channels); }
  Shape with_extent(int axis, std::int64_t extent) const;
  /// The same extents, of which another one counts the channels.
  Shape with_channel_axis(int axis) const { return {extents_, axis}; }
  /// "16x8x8".
  std::string text() const;

  bool operator==(const Shape&) const = default;

 private:
  std::vector<std::int64_t> extents_;
  int channel_axis_ = 0;
};

}  // namespace kiln::workload
