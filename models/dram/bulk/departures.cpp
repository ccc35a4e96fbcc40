// SPDX-License-Identifier: MIT
#include "dram/bulk/departures.h"

#include <algorithm>

namespace kiln::dram {

std::size_t Departures::split_at(Cycle begin) {
  std::size_t first = steps_.size();
  while (first > 0 && steps_[first - 1].end > begin) --first;
  if (first == steps_.size() || steps_[first].begin >= begin) return first;
  Step& step = steps_[first];
  const double middle = step.before + (step.after - step.before) * static_cast<double>(begin - step.begin) /
                                          static_cast<double>(step.end - step.begin);
  const Step later{middle, step.after, begin, step.end};
  step.after = middle;
  step.end = begin;
  steps_.insert(steps_.begin() + static_cast<std::ptrdiff_t>(++first), later);
  return first;
}

void Departures::add(std::uint64_t accesses, const ServiceTimes& times) {
  const auto count = static_cast<double>(accesses);
  const Cycle begin = steps_.empty() ? times.first : std::max(times.first, steps_.front().begin);
  const Cycle end = std::max(times.last, begin + 1);
  const double rate = count / static_cast<double>(end - begin);
  double added = 0;
  for (std::size_t i = split_at(begin); i < steps_.size(); ++i) {
    Step& step = steps_[i];
    step.before += added;
    added = std::min(rate * static_cast<double>(step.end - begin), count);
    step.after += added;
  }
  if (!steps_.empty() && steps_.back().end >= end) return;
  const double before = steps_.empty() ? 0 : steps_.back().after;
  const Cycle from = steps_.empty() ? begin : std::max(begin, steps_.back().end);
  steps_.push_back({before, before + count - added, from, end});
}

Cycle Departures::entered(std::uint64_t access, std::uint64_t depth) const {
  if (access < depth || steps_.empty()) return 0;
  const auto left = static_cast<double>(access - depth + 1);
  for (const Step& step : steps_) {
    if (left > step.after) continue;
    const double share = std::max(left - step.before, 0.0) / (step.after - step.before);
    return step.begin + static_cast<Cycle>(share * static_cast<double>(step.end - step.begin));
  }
  return steps_.back().end;
}

}  // namespace kiln::dram
