// SPDX-License-Identifier: MIT
// Where the values of a sample lie in memory, by their places in logical order.
#pragma once

#include <cstdint>
#include <vector>

#include "workload/shape.h"

namespace kiln::learning {

/// Distance in memory between neighbours along each axis: the channels are innermost.
inline std::vector<std::int64_t> strides_of(const workload::Shape& shape) {
  std::vector<std::int64_t> strides(static_cast<std::size_t>(shape.rank()));
  std::int64_t stride = shape.channels();
  for (int axis = shape.rank(); axis-- > 0;) {
    const auto i = static_cast<std::size_t>(axis);
    if (axis == shape.channel_axis()) {
      strides[i] = 1;
      continue;
    }
    strides[i] = stride;
    stride *= shape.extent(axis);
  }
  return strides;
}

/// `each(place, offset)` for all values of a sample in logical order: their indices and where they lie.
template <class Each>
void for_places(const workload::Shape& shape, const Each& each) {
  const std::vector<std::int64_t> strides = strides_of(shape);
  std::vector<std::int64_t> place(strides.size(), 0);
  std::int64_t offset = 0;
  for (std::int64_t i = 0; i < shape.elements(); ++i) {
    each(place, offset);
    for (std::size_t axis = place.size(); axis-- > 0;) {
      offset += strides[axis];
      if (++place[axis] < shape.extents()[axis]) break;
      offset -= place[axis] * strides[axis];
      place[axis] = 0;
    }
  }
}

}  // namespace kiln::learning
