// SPDX-License-Identifier: MIT
#include "workload/shape.h"

#include "base/error.h"

namespace kiln::workload {

Shape::Shape(std::vector<std::int64_t> extents, int channel_axis)
    : extents_(std::move(extents)), channel_axis_(channel_axis) {
  KILN_CHECK(channel_axis_ >= 0 && channel_axis_ < rank(), "axis {} of {} extents", channel_axis_, rank());
}

Shape Shape::map(std::int64_t channels, std::int64_t height, std::int64_t width) {
  return {{channels, height, width}, 0};
}

Shape Shape::tokens(std::int64_t tokens, std::int64_t features) {
  return {{tokens, features}, 1};
}

Shape Shape::vector(std::int64_t values) {
  return {{values}, 0};
}

std::int64_t Shape::elements() const {
  std::int64_t product = extents_.empty() ? 0 : 1;
  for (const std::int64_t extent : extents_) product *= extent;
  return product;
}

std::int64_t Shape::height() const {
  if (rank() < 2) return 1;
  return channel_axis_ == 0 ? extents_[1] : extents_[0];
}

bool Shape::lies_like(const Shape& other) const {
  return channels() == other.channels() && height() == other.height() && width() == other.width();
}

bool Shape::is_plain() const {
  if (channels() == 1) return true;
  for (int axis = channel_axis_ + 1; axis < rank(); ++axis)
    if (extent(axis) != 1) return false;
  return true;
}

Shape Shape::with_extent(int axis, std::int64_t extent) const {
  Shape shape = *this;
  shape.extents_[static_cast<std::size_t>(axis)] = extent;
  return shape;
}

std::string Shape::text() const {
  std::string text;
  for (const std::int64_t extent : extents_) text += (text.empty() ? "" : "x") + std::to_string(extent);
  return text.empty() ? "nothing" : text;
}

}  // namespace kiln::workload
