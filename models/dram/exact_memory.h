// SPDX-License-Identifier: MIT
// A memory channel of a running chip at command granularity: bursts become accesses of an exact channel.
#pragma once

#include <array>
#include <deque>
#include <utility>
#include <vector>

#include "base/numbered_queue.h"
#include "dram/exact/command_exertions.h"
#include "dram/exact_channel.h"
#include "dram/memory_engine.h"

namespace kiln::dram {

/// Reads and writes wait in order of arrival, apart from each other, in front of the controller's queues. The
/// channel is run up to the time that is asked for, never ahead of it, so whatever arrives is seen in its own
/// cycle. What a read's command fixes is known a latency before its data.
class ExactMemory final : public MemoryEngine {
 public:
  ExactMemory(const DramConfig& config, base::TimePs start, const Operating& operating);

  Ticket submit(const Burst& burst) override;
  Curve forecast(Ticket ticket) const override;
  bool final(Ticket ticket) const override;
  base::TimePs data_ready(Ticket ticket, std::uint64_t bytes) const override;
  void close(Ticket ticket) override;
  void settle(base::TimePs now) override;
  void set_operating(base::TimePs now, const Operating& operating) override;
  void drain() override;
  void end_input() override { input_ended_ = true; }
  void log_to(ExertionLog* log) override;
  CommandCounts counts() const override { return channel_.counts(channel_.now()); }
  std::uint64_t waiting_accesses(bool write) const override;
  std::uint64_t forwarded_reads() const override { return channel_.forwarded_reads(); }

 private:
  struct Entry {
    Burst burst;
    AccessRange range;
    std::uint64_t order_end = 0;  ///< accesses submitted in its direction up to and with this burst
    std::uint64_t done = 0;
    base::TimePs first = base::kNever, last = 0;
    /// Of a read: when each access, and all before it, are out; up to `in_order`.
    std::vector<base::TimePs> out;
    std::uint64_t in_order = 0;
    bool closed = false;
    bool complete() const { return done == range.size(); }
  };
  /// One direction's bursts, cut into accesses as the controller takes them.
  struct Feed {
    std::deque<Ticket> waiting;
    std::uint64_t submitted = 0, taken = 0;  ///< accesses
    Access next;                             ///< of the burst in front
    Cycle due = 0;
  };

  void make_next(Feed& feed);
  /// Hands over what is due and fits. Returns the cycle in which there may be more to hand over.
  Cycle feed_channel();
  void collect();
  void note(Entry& entry, std::uint64_t index, base::TimePs at);
  /// First cycle in which `ahead` more accesses of a direction can have been taken.
  Cycle taken_by(bool write, std::uint64_t ahead) const;
  /// First cycle in which the data of the nth access of a burst can be out or accepted.
  Cycle soonest(const Entry& entry, std::uint64_t nth) const;
  void change_clock(const Operating& operating);

  DramConfig config_;
  AddressMap map_;
  base::Clock clock_;
  Operating operating_;
  ExactChannel channel_;
  base::NumberedQueue<Entry> entries_;
  std::array<Feed, 2> feeds_;  ///< reads, writes
  std::vector<Completion> completions_;
  std::vector<std::vector<base::TimePs>> unused_;  ///< storage of `out`
  bool input_ended_ = false;
  CommandExertions exertions_{clock_, channel_.timing()};
};

}  // namespace kiln::dram
