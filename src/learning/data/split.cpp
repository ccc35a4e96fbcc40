// SPDX-License-Identifier: MIT
#include "learning/data/split.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/rng.h"
#include "learning/data/array.h"

namespace kiln::learning {

namespace {

using Places = std::vector<std::int64_t>;
using PlacesByClass = std::map<std::int32_t, Places>;

std::int64_t judged(std::int64_t all, const SplitRule& rule) {
  if (all < 2) throw DataFileError("holds one sample, too few to train and to judge on");
  if (rule.test_samples >= all)
    throw DataFileError(
        fmt::format("holds {} samples: learning.data.test_samples {} leaves none to learn from; "
                    "lower it, or name test files",
                    all, rule.test_samples));
  if (rule.test_samples > 0) return rule.test_samples;
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(rule.test_share * static_cast<double>(all)), 1,
                                  all - 1);
}

/// How many of each class, so that they sum to `wanted` and none is off its share by one.
std::map<std::int32_t, std::int64_t> shared_out(const PlacesByClass& classes, std::int64_t wanted) {
  std::int64_t all = 0;
  for (const auto& [label, places] : classes) all += static_cast<std::int64_t>(places.size());
  std::map<std::int32_t, std::int64_t> counts;
  std::int64_t before = 0, given = 0;
  for (const auto& [label, places] : classes) {
    before += static_cast<std::int64_t>(places.size());
    const std::int64_t up_to = (2 * before * wanted + all) / (2 * all);
    counts[label] = up_to - given;
    given = up_to;
  }
  return counts;
}

/// Moves the first `counts` of each class out.
Places take(PlacesByClass& classes, const std::map<std::int32_t, std::int64_t>& counts) {
  Places taken;
  for (auto& [label, places] : classes) {
    const auto end = places.begin() + counts.at(label);
    taken.insert(taken.end(), places.begin(), end);
    places.erase(places.begin(), end);
  }
  std::sort(taken.begin(), taken.end());
  return taken;
}

void shuffle(PlacesByClass& classes, std::uint64_t seed) {
  for (auto& [label, places] : classes) {
    base::Rng rng(seed, "data", "split", static_cast<std::uint64_t>(label));
    rng.shuffle(places);
  }
}

/// Lets each class begin with the stretch that is judged, all of them at the same part of the recording.
void rotate(PlacesByClass& classes, const std::map<std::int32_t, std::int64_t>& counts, std::uint64_t seed) {
  const double part = base::Rng(seed, "data", "split").uniform();
  for (auto& [label, places] : classes) {
    const auto starts = static_cast<double>(static_cast<std::int64_t>(places.size()) - counts.at(label) + 1);
    std::rotate(places.begin(), places.begin() + static_cast<std::int64_t>(part * starts), places.end());
  }
}

void drop_neighbours(PlacesByClass& classes, const Places& test, std::int64_t overlap) {
  const auto shares_rows = [&](std::int64_t place) {
    const auto next = std::lower_bound(test.begin(), test.end(), place - overlap);
    return next != test.end() && *next <= place + overlap;
  };
  for (auto& [label, places] : classes) std::erase_if(places, shares_rows);
}

}  // namespace

Split split_by_class(std::span<const std::int32_t> classes, const SplitRule& rule, std::uint64_t seed) {
  const auto all = static_cast<std::int64_t>(classes.size());
  const std::int64_t wanted = judged(all, rule);
  PlacesByClass by_class;
  for (std::int64_t i = 0; i < all; ++i) by_class[classes[static_cast<std::size_t>(i)]].push_back(i);
  const auto counts = shared_out(by_class, wanted);
  rule.overlap ? rotate(by_class, counts, seed) : shuffle(by_class, seed);
  Split split;
  split.test = take(by_class, counts);
  if (rule.overlap) drop_neighbours(by_class, split.test, *rule.overlap);
  std::int64_t left = 0;
  for (const auto& [label, places] : by_class) left += static_cast<std::int64_t>(places.size());
  if (left == 0)
    throw DataFileError(
        fmt::format("holds {} windows, and all share rows with those that are judged; raise "
                    "learning.data.stride, lower learning.data.test_share, or name test files",
                    all));
  split.train = take(by_class, shared_out(by_class, rule.samples > 0 ? std::min(rule.samples, left) : left));
  return split;
}

}  // namespace kiln::learning
