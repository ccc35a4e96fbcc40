// SPDX-License-Identifier: MIT
// Loops over values whose innermost extent is the channels: one value per channel, repeated. Few channels are
// repeated to a row of at least 64 values, so that the loops have a length worth vectorising.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace kiln::learning {

/// One value per channel, repeated to the length of a row.
class ChannelRow {
 public:
  explicit ChannelRow(std::span<const float> per_channel) {
    const std::size_t times = (kShortest + per_channel.size() - 1) / per_channel.size();
    row_.reserve(times * per_channel.size());
    for (std::size_t i = 0; i < times; ++i) row_.insert(row_.end(), per_channel.begin(), per_channel.end());
  }
  const float* values() const { return row_.data(); }
  std::size_t size() const { return row_.size(); }

 private:
  static constexpr std::size_t kShortest = 64;
  std::vector<float> row_;
};

/// `each(begin, count)` for stretches that begin with the first channel, `row` values long but the last.
template <class Each>
void for_rows(std::size_t values, std::size_t row, const Each& each) {
  for (std::size_t begin = 0; begin < values; begin += row)
    each(begin, values - begin < row ? values - begin : row);
}

/// Sums over all positions, by channel, of `terms(begin, count, sums)`, which adds a stretch to `sums`. In
/// fp32 within 256 rows, in double beyond: long sums keep their digits.
template <class Terms>
std::vector<double> channel_sums(std::size_t values, std::size_t channels, const Terms& terms) {
  const std::size_t row = ChannelRow(std::vector<float>(channels)).size();
  constexpr std::size_t kRows = 256;
  std::vector<float> sums(row);
  std::vector<double> total(channels);
  for (std::size_t begin = 0; begin < values; begin += kRows * row) {
    const std::size_t end = values - begin < kRows * row ? values : begin + kRows * row;
    std::fill(sums.begin(), sums.end(), 0.0f);
    for_rows(end - begin, row,
             [&](std::size_t first, std::size_t count) { terms(begin + first, count, sums.data()); });
    for (std::size_t i = 0; i < row; ++i) total[i % channels] += double{sums[i]};
  }
  return total;
}

}  // namespace kiln::learning
