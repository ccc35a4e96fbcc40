// SPDX-License-Identifier: MIT
// Which axis of a file's samples is what to a network.
#pragma once

#include <cstdint>
#include <vector>

#include "workload/shape.h"

namespace kiln::learning {

/// Channels, height and width of the samples of an array, samples first. Four axes are pictures; three are
/// sequences where the second counts the network's channels, else pictures of one channel; two are vectors
/// where the second counts the channels, else sequences of one.
struct SampleExtents {
  std::int64_t channels = 1, height = 1, width = 1;
  bool grey = false;  ///< a picture of one channel that is every channel of a coloured one

  /// Throws DataFileError with the shape wanted where the samples do not fit the network's input.
  SampleExtents(const std::vector<std::int64_t>& all, const workload::Shape& input);
};

}  // namespace kiln::learning
