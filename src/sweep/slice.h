// SPDX-License-Identifier: MIT
// A part of a sweep's points, for one of several processes that share them out.
#pragma once

#include <cstddef>

namespace kiln::sweep {

/// Every `count`-th point of the plan, from `index` on: neighbours, which take alike, go to different slices.
struct Slice {
  std::size_t index = 0;
  std::size_t count = 1;
};

}  // namespace kiln::sweep
