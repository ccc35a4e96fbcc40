// SPDX-License-Identifier: MIT
// Bursts for an engine of a memory channel, as a running chip has them.
#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "base/rng.h"
#include "dram/memory_engine.h"
#include "support/catch.h"

namespace kiln::dram {

struct Load {
  int bursts = 400;
  double share_of_peak = 0.6;
  std::uint64_t bytes = 4096;
};

/// Mixed bursts that come in one after the other; answers are taken when they are due, as the port does.
class Driver {
 public:
  Driver(MemoryEngine& engine, const DramConfig& config, const Load& load)
      : engine_(engine), load_(load), rng_(11, "memory", "engine") {
    gap_ps_ = static_cast<double>(load.bytes) /
              (peak_bytes_per_second(config, config.clock_hz) * load.share_of_peak) * 1e12;
    unit_ = static_cast<std::uint64_t>(config.organisation.access_bytes);
  }

  /// `midway` is called once, when half of the bursts are in.
  template <class Midway>
  void run(Midway&& midway) {
    for (int i = 0; i < load_.bursts; ++i) {
      const auto at = static_cast<base::TimePs>(gap_ps_ * (i + 0.7 * rng_.uniform()));
      answer_until(at);
      if (i == load_.bursts / 2) midway(at);
      engine_.settle(at);
      Burst burst{.address = rng_.below(1 << 12) * load_.bytes,
                  .bytes = load_.bytes,
                  .write = rng_.uniform() < 0.35,
                  .arrival = at,
                  .last_arrival = at};
      asked[burst.write] += burst.bytes / unit_;
      waiting_.push_back({engine_.submit(burst), burst});
    }
    answer_until(base::kNever);
  }

  std::array<std::uint64_t, 2> asked{};
  base::TimePs end = 0;
  int answered = 0;
  int looks = 0;  ///< times the engine was asked before it could answer

 private:
  struct Waiting {
    Ticket ticket;
    Burst burst;
  };

  void answer_until(base::TimePs until) {
    for (;;) {
      const auto next = std::min_element(waiting_.begin(), waiting_.end(),
                                         [&](const auto& a, const auto& b) { return due(a) < due(b); });
      if (next == waiting_.end() || due(*next) > until) return;
      const base::TimePs now = std::max(due(*next), end);
      end = now;
      engine_.settle(now);
      if (due(*next) > now) {
        ++looks;
        continue;
      }
      const Curve curve = engine_.forecast(next->ticket);
      CHECK(curve.last >= curve.first);
      CHECK(curve.first >= next->burst.arrival);
      engine_.close(next->ticket);
      waiting_.erase(next);
      ++answered;
    }
  }
  base::TimePs due(const Waiting& waiting) const { return engine_.forecast(waiting.ticket).last; }

  MemoryEngine& engine_;
  Load load_;
  base::Rng rng_;
  double gap_ps_ = 0;
  std::uint64_t unit_ = 1;
  std::vector<Waiting> waiting_;
};

inline void check_all_done(MemoryEngine& engine, const Driver& driver, int bursts) {
  CHECK(driver.answered == bursts);
  engine.drain();
  const CommandCounts counts = engine.counts();
  CHECK(engine.waiting_accesses(false) + engine.waiting_accesses(true) == 0);
  CHECK(counts.reads + engine.forwarded_reads() == driver.asked[0]);
  CHECK(counts.writes == driver.asked[1]);
}

}  // namespace kiln::dram
