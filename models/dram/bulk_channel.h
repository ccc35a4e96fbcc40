// SPDX-License-Identifier: MIT
// One DRAM channel at the level of row visits: what SoC runs use (tiers bulk and free).
//
// Bursts wait in a read and a write queue; each row visit is arbitrated when simulated time reaches it
// (oldest first, direction by the controller's policy) and then served in closed form, so each visit costs
// O(banks touched) once and nothing is planned twice. One stream alone is the same path without arbitration:
// the free tier.
//
// A forecast is exact once all visits of the burst were served. Before that it is a lower bound that moves
// later as the queue drains.
#pragma once

#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "base/numbered_queue.h"
#include "base/time.h"
#include "dram/bulk_service.h"
#include "dram/dram_config.h"
#include "dram/memory_engine.h"
#include "dram/patrol.h"

namespace kiln::dram {

class BulkChannel final : public MemoryEngine {
 public:
  /// Rows closed, nothing queued, the first refresh one interval after `start`; at the operating point of the
  /// configuration, or at another in force for long.
  BulkChannel(const DramConfig& config, base::TimePs start);
  BulkChannel(const DramConfig& config, base::TimePs start, const Operating& operating);

  Ticket submit(const Burst& burst) override;
  Curve forecast(Ticket ticket) const override;
  bool final(Ticket ticket) const override;
  /// Evenly over forecast().
  base::TimePs data_ready(Ticket ticket, std::uint64_t bytes) const override;
  void close(Ticket ticket) override;
  void settle(base::TimePs now) override;
  void set_operating(base::TimePs now, const Operating& operating) override;
  /// When everything queued so far will have been served (a lower bound while visits wait).
  base::TimePs busy_until() const;
  void drain() override;
  CommandCounts counts() const override;
  std::uint64_t waiting_accesses(bool write) const override {
    const Lane& lane = lanes_[write ? kWrite : kRead];
    return lane.queued - lane.served;
  }
  double peak_bytes_per_second() const;
  /// Share of bits that patrol scrubbing finds wrong from now on.
  void set_bit_error_rate(double rate) { patrol_.set_bit_error_rate(rate); }

 private:
  enum Direction : std::size_t { kRead = 0, kWrite = 1 };
  struct Entry {
    Burst burst;
    std::uint64_t next = 0;  ///< next access to serve
    std::uint64_t end = 0;
    std::uint64_t order_end = 0;  ///< accesses queued in this direction up to and including this burst
    Cycle arrival = 0;
    Cycle last_arrival = 0;
    Visit ahead;          ///< what it has left in the block of `next`
    BankIndex next_bank;  ///< of the first access of that
    Curve curve;
    bool begun = false;
    bool final = false;
    bool served = false;
    bool closed = false;
  };
  /// Accesses that left a queue, as a piecewise linear
  /// function of time: `before` at `begin`, `after` at `end`.
  struct Progress {
    double before, after;
    Cycle begin, end;
  };
  struct Lane {
    std::deque<Ticket> waiting;
    std::uint64_t queued = 0;  ///< accesses ever queued
    std::uint64_t served = 0;
    std::deque<Progress> history;
    Cycle switched = 0;  ///< the channel last turned to this direction
  };

  // Arbitration (bulk_arbitration.cpp)
  std::uint64_t depth(std::size_t direction) const;
  bool serve_next(Cycle now, Cycle window);
  struct Choice {
    std::size_t direction;
    std::uint64_t most;   ///< accesses it may take
    bool yields = false;  ///< a read that arrives goes first
  };
  /// The next visit at `at`.
  Choice choose(Cycle at) const;
  std::uint64_t arrived(std::size_t direction, Cycle at, std::uint64_t enough) const;
  /// Before the direction turns: opens rows for requests in the queue window, as the controller has done by
  /// then. Rows that the other direction closes are opened again later.
  void open_ahead(std::size_t direction);
  /// Tells the sub-channels whose next refresh falls into this visit what waits behind it.
  void expect_refreshes(std::size_t direction, const Entry& served, const Visit& visit);
  /// Notes the banks of the first `window` accesses from `from` on; returns how many of them are left.
  std::uint64_t note_queued(const Entry& entry, std::uint64_t from, std::uint64_t window, bool opened);
  bool patrol_would_close_row() const;
  void serve_patrol();
  /// Place in `lane.waiting` of the burst to serve: the oldest, or one behind it in the queue window whose
  /// row is ready sooner while the oldest's bank would leave the bus idle.
  std::size_t first_ready(std::size_t direction) const;
  Cycle entered(const Lane& lane, std::uint64_t access, std::uint64_t depth) const;

  void serve_visit(std::size_t direction, std::uint64_t most);
  /// Sets `next_bank`: computed once per visit, read at every arbitration.
  void find_next_bank(Entry& entry) const;
  void note_service(std::size_t direction, std::uint64_t accesses, const ServiceTimes& times);
  static void add_progress(std::deque<Progress>& history, std::uint64_t accesses, ServiceTimes times);
  void accept_writes();
  void finish(Ticket ticket, const Curve& curve);
  Curve estimate(const Entry& entry) const;
  base::TimePs time(Cycle cycle) const { return clock_.time_of(cycle); }
  Cycle frontier() const;
  Cycle path_cycles() const;

  DramConfig config_;
  VisitCutter cutter_;
  base::Clock clock_;
  TimingTable timing_;
  Operating operating_;
  std::vector<SubChannelService> subs_;
  CommandBus command_bus_;
  Patrol patrol_;
  std::vector<std::vector<BankWork>> work_;  ///< scratch, by sub-channel
  std::vector<std::uint64_t> queued_;        ///< the same
  std::vector<int> opened_;
  base::NumberedQueue<Entry> entries_;
  Lane lanes_[2];
  std::size_t direction_ = kRead;
  std::uint64_t directions_ = 1;   ///< each with batches of its own; they turn as one here
  std::uint64_t batch_ = 0;        ///< accesses served since the last turn
  std::deque<Ticket> unaccepted_;  ///< writes without room in the write queue yet
  Cycle arbitration_ = 0;          ///< start of the last visit
  Cycle settled_ = 0;
  CommandCounts counts_;
};

}  // namespace kiln::dram
