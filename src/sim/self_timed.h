// SPDX-License-Identifier: MIT
// A recorded run once more on another engine, in its own time: what followed an end there follows it here.
#pragma once

#include <cstddef>
#include <queue>
#include <span>
#include <utility>
#include <vector>

#include "base/time.h"

namespace kiln::sim {

/// When each of a run's items starts. An engine that serves one later than the recorded one did starts the
/// following later, too: a difference in latency adds up as it would on the chip, and a full queue stays as
/// long as it was.
class SelfTimedStarts {
 public:
  /// All at the times of their own, whatever ends when.
  explicit SelfTimedStarts(std::span<const base::TimePs> starts);
  /// Each as long after the last end of its own agent that came before its start as in the run that had these
  /// starts (not falling) and ends (none before its start). The cause is a guess: the recording does not know
  /// what waited for what, but the last end before a start is what a window of transfers waits for.
  SelfTimedStarts(std::span<const base::TimePs> starts, std::span<const base::TimePs> ends,
                  std::span<const int> agents);

  /// Time of the next start: kNever when none is left, or none before something ends.
  base::TimePs next() const { return due_.empty() ? base::kNever : due_.top().first; }
  /// The item that starts then; of several the one recorded first.
  std::size_t pop();
  /// Item `index` ended at `time`.
  void ended(std::size_t index, base::TimePs time);
  bool all_started() const { return left_ == 0; }

 private:
  struct Follower {
    std::size_t index;
    base::TimePs delay;
  };
  using Due = std::pair<base::TimePs, std::size_t>;

  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  std::vector<std::vector<Follower>> followers_;  ///< of each item's end
  std::size_t left_;
};

}  // namespace kiln::sim
