// SPDX-License-Identifier: MIT
#include "stats/ledger.h"

#include <algorithm>

#include "base/error.h"

namespace kiln::stats {

void add(std::vector<Counts>& sum, const std::vector<Counts>& more) {
  sum.resize(std::max(sum.size(), more.size()), Counts{});
  for (std::size_t b = 0; b < more.size(); ++b) add(sum[b], more[b]);
}

std::vector<Counts> totals_by_block(const WorkCounts& counts, std::size_t blocks) {
  std::vector<Counts> totals(blocks, Counts{});
  for (const auto& [key, by_block] : counts) add(totals, by_block);
  return totals;
}

Ledger::Ledger(base::TimePs window) : window_(window), period_(window) {
  KILN_CHECK(window > 0, "ledger window of {} ps", window);
  restart(0);
}

BlockId Ledger::add_block(std::string name) {
  KILN_CHECK(by_work_.empty(), "block {} added after activity was recorded", name);
  blocks_.push_back(std::move(name));
  restart(origin_);
  return static_cast<BlockId>(blocks_.size()) - 1;
}

void Ledger::restart(base::TimePs origin) {
  origin_ = origin;
  period_ = window_;
  starts_.assign(1, origin);
  counts_.assign(blocks_.size(), Counts{});
  by_work_.clear();
}

std::size_t Ledger::window_at(base::TimePs time) {
  while (starts_.back() + period_ <= time) {
    if (starts_.size() >= kMostWindows) coarsen();
    starts_.push_back(starts_.back() + period_);
    counts_.resize(counts_.size() + blocks_.size(), Counts{});
  }
  // Activity is reported about when it happens: look from the end.
  std::size_t index = starts_.size() - 1;
  for (int near = 0; near < 8 && index > 0 && starts_[index] > time; ++near) --index;
  if (starts_[index] <= time) return index;
  const auto after = std::upper_bound(starts_.begin(), starts_.end(), time);
  return static_cast<std::size_t>(after - starts_.begin()) - 1;
}

void Ledger::coarsen() {
  const std::size_t half = (starts_.size() + 1) / 2;
  for (std::size_t i = 1; i < starts_.size(); ++i) {
    if (i % 2 == 0) starts_[i / 2] = starts_[i];
    for (std::size_t b = 0; b < blocks_.size(); ++b) {
      Counts& from = counts_[i * blocks_.size() + b];
      Counts& to = counts_[i / 2 * blocks_.size() + b];
      if (i % 2 == 0)
        to = from;
      else
        stats::add(to, from);
    }
  }
  starts_.resize(half);
  counts_.resize(half * blocks_.size());
  period_ *= 2;
}

void Ledger::add(BlockId block, ActivityKind kind, int layer, int phase, base::TimePs begin, base::TimePs end,
                 std::int64_t count) {
  if (count == 0) return;
  KILN_CHECK(begin <= end && count > 0, "{} events of {} from {} to {} ps", count, name(kind), begin, end);
  const auto k = static_cast<std::size_t>(kind);
  begin = std::max(begin, origin_);
  end = std::max(end, begin);
  const std::size_t last = window_at(end);
  std::size_t window = window_at(begin);
  std::int64_t placed = 0;
  for (; window < last; ++window) {
    const double share = static_cast<double>(starts_[window + 1] - begin) / static_cast<double>(end - begin);
    const auto upto = std::min(count, static_cast<std::int64_t>(share * static_cast<double>(count)));
    cell(window, block)[k] += upto - placed;
    placed = upto;
  }
  cell(last, block)[k] += count - placed;
  auto& sums = by_work_[{layer, phase}];
  if (sums.empty()) sums.resize(blocks_.size(), Counts{});
  sums[static_cast<std::size_t>(block)][k] += count;
}

void Ledger::cut(base::TimePs time) {
  const std::size_t index = window_at(time);
  if (starts_[index] == time) return;
  const auto at = static_cast<std::ptrdiff_t>(index) + 1;
  starts_.insert(starts_.begin() + at, time);
  counts_.insert(counts_.begin() + at * static_cast<std::ptrdiff_t>(blocks_.size()), blocks_.size(),
                 Counts{});
}

std::vector<Window> Ledger::windows(base::TimePs end) const {
  std::vector<Window> result;
  for (std::size_t i = 0; i < starts_.size(); ++i) {
    Window window{starts_[i], i + 1 < starts_.size() ? starts_[i + 1] : std::max(end, starts_[i]), {}};
    const auto first = counts_.begin() + static_cast<std::ptrdiff_t>(i * blocks_.size());
    window.by_block.assign(first, first + static_cast<std::ptrdiff_t>(blocks_.size()));
    result.push_back(std::move(window));
  }
  return result;
}

Counts Ledger::total(BlockId block) const {
  Counts sum{};
  for (std::size_t i = static_cast<std::size_t>(block); i < counts_.size(); i += blocks_.size())
    stats::add(sum, counts_[i]);
  return sum;
}

Counts Ledger::total() const {
  Counts sum{};
  for (const Counts& counts : counts_) stats::add(sum, counts);
  return sum;
}

}  // namespace kiln::stats
