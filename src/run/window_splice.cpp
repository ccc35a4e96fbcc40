// SPDX-License-Identifier: MIT
#include "run/window_splice.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace kiln::run {

namespace {

using stats::Counts;
using stats::Window;

double share_before(const Window& window, base::TimePs time) {
  const double length = static_cast<double>(window.end - window.begin);
  return length > 0 ? std::clamp(static_cast<double>(time - window.begin) / length, 0.0, 1.0) : 1.0;
}

std::int64_t part_of(std::int64_t count, double share) {
  return std::min(count, static_cast<std::int64_t>(static_cast<double>(count) * share));
}

/// Makes `time` the begin of a window; returns its index.
std::size_t cut(std::vector<Window>& windows, base::TimePs time) {
  std::size_t at = 0;
  while (at < windows.size() && windows[at].end <= time) ++at;
  if (at == windows.size() || windows[at].begin >= time) return at;
  Window before = windows[at];
  const double share = share_before(before, time);
  before.end = windows[at].begin = time;
  for (std::size_t b = 0; b < before.by_block.size(); ++b)
    for (std::size_t k = 0; k < stats::kActivityKinds; ++k) {
      std::int64_t& count = before.by_block[b][k];
      count = part_of(count, share);
      windows[at].by_block[b][k] -= count;
    }
  windows.insert(windows.begin() + static_cast<std::ptrdiff_t>(at), std::move(before));
  return at + 1;
}

/// Gives `total` to the windows as `counts` in proportion, evenly where they have none.
class Spread {
 public:
  Spread(std::int64_t total, std::int64_t whole, std::size_t windows)
      : total_(total), whole_(whole), windows_(windows) {}
  std::int64_t next(std::int64_t count) {
    seen_ += whole_ > 0 ? static_cast<double>(count) / static_cast<double>(whole_)
                        : 1.0 / static_cast<double>(windows_);
    const auto upto = std::min<std::int64_t>(total_, std::llround(seen_ * static_cast<double>(total_)));
    return upto - std::exchange(given_, upto);
  }
  std::int64_t rest() const { return total_ - given_; }

 private:
  std::int64_t total_, whole_;
  std::size_t windows_;
  double seen_ = 0;
  std::int64_t given_ = 0;
};

void spread(std::vector<Window>& copies, std::size_t block, std::size_t kind, std::int64_t total) {
  std::int64_t whole = 0;
  for (const Window& window : copies) whole += window.by_block[block][kind];
  Spread shares(total, whole, copies.size());
  for (Window& window : copies) {
    std::int64_t& count = window.by_block[block][kind];
    count = shares.next(count);
  }
  copies.back().by_block[block][kind] += shares.rest();
}

void merge_neighbours(std::vector<Window>& windows) {
  std::vector<Window> merged;
  for (std::size_t i = 0; i < windows.size(); i += 2) {
    Window& window = merged.emplace_back(std::move(windows[i]));
    if (i + 1 == windows.size()) break;
    window.end = windows[i + 1].end;
    stats::add(window.by_block, windows[i + 1].by_block);
  }
  windows = std::move(merged);
}

}  // namespace

std::vector<Counts> counted_between(const std::vector<Window>& windows, base::TimePs begin,
                                    base::TimePs end) {
  std::vector<Counts> sum(windows.empty() ? 0 : windows.front().by_block.size(), Counts{});
  for (const Window& window : windows) {
    if (window.end <= begin || window.begin >= end) continue;
    const double from = share_before(window, begin), to = share_before(window, end);
    for (std::size_t b = 0; b < sum.size(); ++b)
      for (std::size_t k = 0; k < stats::kActivityKinds; ++k)
        sum[b][k] += part_of(window.by_block[b][k], to) - part_of(window.by_block[b][k], from);
  }
  return sum;
}

void splice(std::vector<Window>& windows, base::TimePs begin, base::TimePs end, std::int64_t copies,
            const std::vector<Counts>& totals) {
  const base::TimePs length = end - begin;
  const std::size_t from = cut(windows, begin), stop = cut(windows, end);
  std::vector<Window> inserted;
  for (std::int64_t copy = 1; copy <= copies; ++copy)
    for (std::size_t i = from; i < stop; ++i) {
      Window& window = inserted.emplace_back(windows[i]);
      window.begin += copy * length;
      window.end += copy * length;
    }
  for (std::size_t block = 0; block < totals.size(); ++block)
    for (std::size_t kind = 0; kind < stats::kActivityKinds; ++kind)
      spread(inserted, block, kind, totals[block][kind]);
  for (std::size_t i = stop; i < windows.size(); ++i) {
    windows[i].begin += copies * length;
    windows[i].end += copies * length;
  }
  windows.insert(windows.begin() + static_cast<std::ptrdiff_t>(stop), inserted.begin(), inserted.end());
  while (windows.size() > stats::Ledger::kMostWindows) merge_neighbours(windows);
}

}  // namespace kiln::run
