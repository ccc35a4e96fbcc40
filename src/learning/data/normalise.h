// SPDX-License-Identifier: MIT
// Values to mean 0 and deviation 1, channel by channel.
#pragma once

#include <cstdint>
#include <span>

namespace kiln::learning {

/// Subtracts the mean of each channel of `train` from both sets and divides by its deviation, so that neither
/// unit nor offset of a channel matters. Samples lie one behind another, `channels` of `plane` values each. A
/// channel that never changes becomes 0.
void normalise(std::span<float> train, std::span<float> test, std::int64_t channels, std::int64_t plane);

}  // namespace kiln::learning
