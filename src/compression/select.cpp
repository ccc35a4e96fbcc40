// SPDX-License-Identifier: MIT
#include "compression/select.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace kiln::compression {
namespace {

constexpr int kExactPasses = 5;     // 31 bits in digits of 8, and the selecting pass
constexpr int kCoarseBits = 11;     // of the software's own radix: exponent and three mantissa bits
constexpr double kControlUp = 1.3;  // correction of a threshold that sends too much
constexpr double kControlDown = 1 / kControlUp;
constexpr double kGainCut = 0.5;
constexpr double kGainGrowth = 1.05;
constexpr double kLowestGain = 0.002;
constexpr double kHighestGain = 0.5;
constexpr double kLowestShare = 0.8;  // sampled: accepted share of the target
constexpr double kHighestShare = 1.3;
constexpr int kMaxCorrections = 10;
constexpr std::size_t kSmallestSample = 64;

std::int32_t magnitude_bits(float value) {
  return std::bit_cast<std::int32_t>(value) & 0x7fffffff;
}

// Appends the places of magnitudes with bits >= `least`, and of those equal to it only the first `ties`.
Places scan(std::span<const float> values, std::int32_t least, std::int64_t expected, std::int64_t ties) {
  constexpr std::size_t kBlock = 32;
  Places places(static_cast<std::size_t>(expected) + kBlock);
  std::size_t found = 0;
  for (std::size_t begin = 0; begin < values.size(); begin += kBlock) {
    const std::size_t end = std::min(begin + kBlock, values.size());
    std::int32_t largest = 0;
    for (std::size_t i = begin; i < end; ++i) largest = std::max(largest, magnitude_bits(values[i]));
    if (largest < least) continue;
    if (found + kBlock > places.size()) places.resize(2 * places.size() + kBlock);
    for (std::size_t i = begin; i < end; ++i) {
      const std::int32_t bits = magnitude_bits(values[i]);
      places[found] = static_cast<std::uint32_t>(i);
      if (bits == least) {
        found += ties > 0 ? 1 : 0;
        --ties;
      } else {
        found += bits > least ? 1 : 0;
      }
    }
  }
  places.resize(found);
  return places;
}

// Counts of magnitudes by their leading bits. Four tables,
// so that equal neighbours do not wait for each other.
std::vector<std::int64_t> histogram(std::span<const float> values, int shift) {
  const std::size_t buckets = std::size_t{0x7fffffff} >> shift;
  std::array<std::vector<std::uint32_t>, 4> tables;
  for (auto& table : tables) table.assign(buckets + 1, 0);
  std::size_t i = 0;
  for (; i + 4 <= values.size(); i += 4)
    for (std::size_t j = 0; j < 4; ++j)
      ++tables[j][static_cast<std::size_t>(magnitude_bits(values[i + j]) >> shift)];
  for (; i < values.size(); ++i) ++tables[0][static_cast<std::size_t>(magnitude_bits(values[i]) >> shift)];
  std::vector<std::int64_t> counts(buckets + 1);
  for (std::size_t b = 0; b <= buckets; ++b)
    counts[b] = std::int64_t{tables[0][b]} + tables[1][b] + tables[2][b] + tables[3][b];
  return counts;
}

struct Cut {
  std::int32_t bucket = 0;   // lowest bucket needed to reach k
  std::int64_t above = 0;    // elements in higher buckets
  std::int64_t reached = 0;  // elements in it and higher
};

Cut find_cut(const std::vector<std::int64_t>& counts, std::int64_t k) {
  Cut cut;
  for (std::size_t b = counts.size(); b-- > 0;) {
    cut.bucket = static_cast<std::int32_t>(b);
    cut.above = cut.reached;
    cut.reached += counts[b];
    if (cut.reached >= k) break;
  }
  return cut;
}

struct ExactCut {
  std::int32_t least;  // bits of the k-th largest magnitude
  std::int64_t ties;   // how many equal to it belong to the k
};

ExactCut exact_cut(std::span<const float> values, std::int64_t k) {
  constexpr int kShift = 31 - kCoarseBits;
  const Cut cut = find_cut(histogram(values, kShift), k);
  std::vector<std::int32_t> candidates;
  candidates.reserve(static_cast<std::size_t>(cut.reached - cut.above));
  for (const float value : values)
    if (magnitude_bits(value) >> kShift == cut.bucket) candidates.push_back(magnitude_bits(value));
  const std::int64_t rank = k - cut.above;
  std::nth_element(candidates.begin(), candidates.begin() + (rank - 1), candidates.end(), std::greater<>());
  const std::int32_t least = candidates[static_cast<std::size_t>(rank - 1)];
  const std::int64_t larger =
      std::count_if(candidates.begin(), candidates.end(), [&](std::int32_t bits) { return bits > least; });
  return {least, rank - larger};
}

std::int64_t count_at_least(std::span<const float> values, std::int32_t least) {
  std::int64_t count = 0;
  for (const float value : values) count += magnitude_bits(value) >= least ? 1 : 0;
  return count;
}

void count_histogram_pass(std::int64_t elements, std::int64_t passes, WorkCounts& work) {
  work.passes += passes;
  work.table_reads += elements * passes;
  work.table_writes += elements * passes;
}

void count_select_pass(std::int64_t elements, WorkCounts& work) {
  work.passes += 1;
  work.compares += elements;
}

Places by_histogram(std::span<const float> values, std::int64_t k, int mantissa_bits, std::int32_t& least,
                    WorkCounts& work) {
  const int shift = 23 - mantissa_bits;
  const Cut cut = find_cut(histogram(values, shift), k);
  least = cut.bucket << shift;
  const auto elements = static_cast<std::int64_t>(values.size());
  count_histogram_pass(elements, 1, work);
  count_select_pass(elements, work);
  return scan(values, least, cut.reached, elements);
}

std::int32_t threshold_bits(double threshold) {
  return magnitude_bits(static_cast<float>(threshold));
}

Places by_sample(std::span<const float> values, std::int64_t k, const CodecConfig& config, double density,
                 double& threshold, WorkCounts& work) {
  const auto elements = static_cast<std::int64_t>(values.size());
  const auto wanted = static_cast<std::size_t>(config.sample_fraction * static_cast<double>(elements));
  const std::size_t size = std::clamp(wanted, std::min(kSmallestSample, values.size()), values.size());
  const std::size_t stride = values.size() / size;
  std::vector<float> sample;
  sample.reserve(size);
  for (std::size_t i = 0; sample.size() < size; i += stride) sample.push_back(values[i]);
  const ExactCut cut = exact_cut(sample, target_count(sample.size(), density));
  work.sampled += static_cast<std::int64_t>(size) * kExactPasses;
  threshold = std::bit_cast<float>(cut.least);
  std::int64_t count = 0;
  for (int i = 0; i <= kMaxCorrections; ++i) {
    count = count_at_least(values, threshold_bits(threshold));
    count_select_pass(elements, work);
    const double share = static_cast<double>(count) / static_cast<double>(k);
    if (share >= kLowestShare && share <= kHighestShare) break;
    if (i < kMaxCorrections) threshold *= share > 1 ? kControlUp : kControlDown;
  }
  return scan(values, threshold_bits(threshold), count, elements);
}

// Proportional control in the logarithm with a gain that damps its own oscillation.
void correct(ThresholdControl& control, double share) {
  const int direction = share > 1 ? 1 : -1;
  const bool swung = direction == -control.direction;
  control.gain = std::clamp(control.gain * (swung ? kGainCut : kGainGrowth), kLowestGain, kHighestGain);
  control.direction = direction;
  control.threshold *= std::clamp(std::pow(share, control.gain), kControlDown, kControlUp);
}

Places by_previous(std::span<const float> values, std::int64_t k, const CodecConfig& config,
                   ThresholdControl& control, WorkCounts& work) {
  const auto elements = static_cast<std::int64_t>(values.size());
  if (control.threshold <= 0) {  // first step: nothing to go by
    std::int32_t least = 0;
    Places places = by_histogram(values, k, std::max(config.histogram_bits, 3), least, work);
    control.threshold = std::bit_cast<float>(least);
    return places;
  }
  Places places = scan(values, threshold_bits(control.threshold), 2 * k, elements);
  count_select_pass(elements, work);
  correct(control, static_cast<double>(std::max<std::size_t>(places.size(), 1)) / static_cast<double>(k));
  return places;
}

}  // namespace

std::int64_t target_count(std::size_t elements, double density) {
  const auto wanted = std::llround(density * static_cast<double>(elements));
  return std::clamp<std::int64_t>(wanted, 1, std::max<std::int64_t>(1, static_cast<std::int64_t>(elements)));
}

Places select_largest(std::span<const float> values, const CodecConfig& config, double density,
                      ThresholdControl& control, WorkCounts& work) {
  if (values.empty()) return {};
  const std::int64_t k = target_count(values.size(), density);
  const auto elements = static_cast<std::int64_t>(values.size());
  switch (config.selector) {
    case Selector::exact: {
      const ExactCut cut = exact_cut(values, k);
      control.threshold = std::bit_cast<float>(cut.least);
      count_histogram_pass(elements, kExactPasses - 1, work);
      count_select_pass(elements, work);
      return scan(values, cut.least, k, cut.ties);
    }
    case Selector::exponent_histogram: {
      std::int32_t least = 0;
      Places places = by_histogram(values, k, config.histogram_bits, least, work);
      control.threshold = std::bit_cast<float>(least);
      return places;
    }
    case Selector::sampled:
      return by_sample(values, k, config, density, control.threshold, work);
    case Selector::previous_step:
      return by_previous(values, k, config, control, work);
  }
  return {};
}

Places select_above(std::span<const float> values, double threshold, WorkCounts& work) {
  count_select_pass(static_cast<std::int64_t>(values.size()), work);
  return scan(values, threshold_bits(threshold) + 1, static_cast<std::int64_t>(values.size() / 64), 1 << 30);
}

Places select_random(std::uint32_t elements, double density, Noise noise) {
  const auto k = static_cast<std::uint64_t>(target_count(elements, density));
  Places places(elements == 0 ? 0 : k);
  for (std::uint64_t j = 0; j < places.size(); ++j) {
    const std::uint64_t first = j * elements / k;
    const std::uint64_t next = (j + 1) * elements / k;
    const std::uint64_t offset = (next - first) * noise.bits(static_cast<std::uint32_t>(j)) >> 32;
    places[j] = static_cast<std::uint32_t>(first + offset);
  }
  return places;
}

}  // namespace kiln::compression
