// SPDX-License-Identifier: MIT
#include "learning/data/normalise.h"

#include <cmath>

namespace kiln::learning {

namespace {

/// The values of one channel, sample after sample.
struct ChannelOf {
  std::size_t channel, channels, plane;

  template <class Values, class Visit>
  void each(Values values, const Visit& visit) const {
    for (std::size_t at = channel * plane; at < values.size(); at += channels * plane)
      for (auto& value : values.subspan(at, plane)) visit(value);
  }
};

void normalise_channel(std::span<float> train, std::span<float> test, const ChannelOf& channel) {
  const auto count = static_cast<double>(train.size() / channel.channels);
  double sum = 0, squares = 0;
  channel.each(train, [&](float value) { sum += double{value}; });
  const double mean = sum / count;
  channel.each(train, [&](float value) { squares += (value - mean) * (value - mean); });
  const double deviation = std::sqrt(squares / count);
  // What is left of equal values is the rounding of their mean.
  const bool changes = deviation > 1e-9 * std::abs(mean);
  const auto shift = static_cast<float>(mean), scale = static_cast<float>(changes ? 1 / deviation : 1);
  for (const std::span<float> set : {train, test})
    channel.each(set, [&](float& value) { value = (value - shift) * scale; });
}

}  // namespace

void normalise(std::span<float> train, std::span<float> test, std::int64_t channels, std::int64_t plane) {
  for (std::int64_t c = 0; c < channels; ++c)
    normalise_channel(
        train, test,
        {static_cast<std::size_t>(c), static_cast<std::size_t>(channels), static_cast<std::size_t>(plane)});
}

}  // namespace kiln::learning
