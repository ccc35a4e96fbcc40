// SPDX-License-Identifier: MIT
#include "dram/exact_replay.h"

#include <algorithm>

#include "base/error.h"
#include "dram/exact_channel.h"

namespace kiln::dram {

namespace {

/// The accesses of one direction, cut from the bursts one at a time.
class Feed {
 public:
  Feed(const DramConfig& config, std::span<const Burst> bursts, bool write, const base::Clock& clock)
      : config_(config), map_(config.organisation, true), bursts_(bursts), write_(write), clock_(clock) {
    next_burst();
  }

  bool empty() const { return index_ == bursts_.size(); }
  std::size_t burst() const { return index_; }
  Cycle due() const { return due_; }
  const Access& access() const { return access_; }
  void pop() {
    if (++unit_ == end_) {
      ++index_;
      next_burst();
    } else {
      make();
    }
  }

 private:
  void next_burst() {
    while (index_ < bursts_.size() && bursts_[index_].write != write_) ++index_;
    if (empty()) return;
    const auto bytes = static_cast<std::uint64_t>(config_.organisation.access_bytes);
    const Burst& burst = bursts_[index_];
    KILN_CHECK(burst.bytes > 0, "burst {} is empty", index_);
    first_ = unit_ = burst.address / bytes;
    end_ = (burst.address + burst.bytes + bytes - 1) / bytes;
    make();
  }

  void make() {
    const Burst& burst = bursts_[index_];
    access_ = access_at(config_.organisation, map_.decode(unit_), write_, index_);
    const double share = static_cast<double>(unit_ - first_) / static_cast<double>(end_ - first_);
    const auto streamed = static_cast<double>(std::max(burst.last_arrival - burst.arrival, base::TimePs{0}));
    due_ = clock_.next_cycle(burst.arrival + static_cast<base::TimePs>(share * streamed));
  }

  const DramConfig& config_;
  AddressMap map_;
  std::span<const Burst> bursts_;
  bool write_;
  const base::Clock& clock_;
  std::size_t index_ = 0;
  std::uint64_t first_ = 0, unit_ = 0, end_ = 0;
  Access access_;
  Cycle due_ = 0;
};

}  // namespace

Replay replay_exact(const DramConfig& config, std::span<const Burst> bursts, base::TimePs start,
                    const base::Watch& watch) {
  const base::Clock clock(config.clock_hz, start);
  ExactChannel channel(config);
  std::vector<Completion> completions;
  channel.report_completions(&completions);
  Feed reads(config, bursts, false, clock), writes(config, bursts, true, clock);
  Replay replay;
  replay.curves.assign(bursts.size(), {base::kNever, 0});
  base::PacedWatch paced(watch);
  while (!reads.empty() || !writes.empty() || !channel.complete()) {
    paced.check();
    Cycle limit = kNeverCycle;
    for (Feed* feed : {&reads, &writes}) {
      while (!feed->empty() && feed->due() <= channel.now() && channel.can_accept(feed->access())) {
        channel.accept(feed->access(), channel.now(), feed->due());
        feed->pop();
      }
      if (!feed->empty())
        limit = std::min(limit, feed->due() > channel.now() ? feed->due() : channel.accept_again());
    }
    if (reads.empty() && writes.empty()) {
      if (channel.complete()) break;
      channel.end_input();  // else a few writes would wait for company (eager_drain) for ever
    }
    channel.step(limit);
  }
  for (const Completion& done : completions) {
    Curve& curve = replay.curves[done.id];
    const base::TimePs at = clock.time_of(done.at);
    curve.first = std::min(curve.first, at);
    curve.last = std::max(curve.last, at);
    replay.end = std::max(replay.end, at);
  }
  replay.counts = channel.counts(channel.now());
  return replay;
}

}  // namespace kiln::dram
