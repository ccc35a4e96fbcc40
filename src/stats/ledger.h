// SPDX-License-Identifier: MIT
// The activity ledger: who did what, when, for which layer and phase.
//
// Every entry is spread over time windows so that the integer counts are conserved exactly; windows can be
// cut at an instant (an operating-point change), and the sums by layer and phase are kept beside them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "stats/activity.h"

namespace kiln::stats {

using BlockId = int;
/// Layer and phase that caused something; -1: none.
using WorkKey = std::pair<int, int>;
/// Counts of the whole time, by block.
using WorkCounts = std::map<WorkKey, std::vector<Counts>>;

/// Block by block; `sum` may be empty.
void add(std::vector<Counts>& sum, const std::vector<Counts>& more);
/// Over all layers and phases, of each of `blocks`.
std::vector<Counts> totals_by_block(const WorkCounts& counts, std::size_t blocks);

/// Models that count on their own move their counts into the ledger at least this often, so that its windows
/// see when things happened.
inline constexpr base::TimePs kActivityReportPeriod = 10'000'000;  // 10 us

struct Window {
  base::TimePs begin = 0, end = 0;
  std::vector<Counts> by_block;  ///< indexed by BlockId
};

class Ledger {
 public:
  /// Windows of `window` picoseconds starting at time 0; when there are kMostWindows, neighbours merge and
  /// new ones are twice as long.
  explicit Ledger(base::TimePs window);
  static constexpr std::size_t kMostWindows = 8192;

  BlockId add_block(std::string name);
  const std::vector<std::string>& blocks() const { return blocks_; }

  /// `count` events of `block`, evenly over [begin, end] (an instant if equal). Layer or phase -1: none.
  void add(BlockId block, ActivityKind kind, int layer, int phase, base::TimePs begin, base::TimePs end,
           std::int64_t count);
  /// Starts a new window at `time`, which must not lie before the last cut.
  void cut(base::TimePs time);
  /// Forgets everything and counts from `origin` on; entries that began before it are clipped to it.
  void restart(base::TimePs origin);

  /// Windows up to `end`; the last one is closed there.
  std::vector<Window> windows(base::TimePs end) const;
  Counts total() const;
  Counts total(BlockId block) const;
  const WorkCounts& by_layer_and_phase() const { return by_work_; }

 private:
  std::size_t window_at(base::TimePs time);
  void coarsen();
  Counts& cell(std::size_t window, BlockId block) {
    return counts_[window * blocks_.size() + static_cast<std::size_t>(block)];
  }

  base::TimePs window_;
  base::TimePs period_;  ///< of new windows
  base::TimePs origin_ = 0;
  std::vector<std::string> blocks_;
  std::vector<base::TimePs> starts_;  ///< of each window; sorted
  std::vector<Counts> counts_;        ///< [window][block]
  WorkCounts by_work_;
};

}  // namespace kiln::stats
