// SPDX-License-Identifier: MIT
// One DRAM channel at the level of row visits: what SoC runs use (tiers bulk and free).
//
// Bursts wait in a read and a write queue (BurstQueues); each row visit is arbitrated when simulated time
// reaches it (direction: BusDirection, burst: VisitOrder) and then served in closed form, so each visit costs
// O(banks touched) once and nothing is planned twice. One stream alone is the same path without arbitration:
// the free tier.
//
// A forecast is exact once all visits of the burst were served. Before that it is a lower bound that moves
// later as the queue drains.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "base/time.h"
#include "dram/bulk/burst_queues.h"
#include "dram/bulk/bus_direction.h"
#include "dram/bulk/refresh_outlook.h"
#include "dram/bulk/visit_log.h"
#include "dram/bulk/visit_order.h"
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
  BulkChannel(const BulkChannel&) = delete;  // its parts refer to one another
  BulkChannel& operator=(const BulkChannel&) = delete;

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
  void log_to(ExertionLog* log) override { log_.write_to(log); }
  CommandCounts counts() const override;
  std::uint64_t waiting_accesses(bool write) const override {
    return queues_.queue(write ? kWrites : kReads).left();
  }
  double peak_bytes_per_second() const;
  /// Share of bits that patrol scrubbing finds wrong from now on.
  void set_bit_error_rate(double rate) { patrol_.set_bit_error_rate(rate); }

 private:
  bool serve_next(Cycle now, Cycle window);
  bool patrol_would_close_row() const;
  void serve_patrol();
  void serve_visit(std::size_t direction, std::uint64_t most);
  ServiceTimes serve_banks(const Visit& visit, bool write, const ServiceLimits& limits);
  void count(std::size_t direction, std::uint64_t accesses);
  /// Writes are answered when they have found room in the write queue.
  bool posts_writes() const { return config_.controller.write_completion == WriteCompletion::accepted; }
  void accept_writes();
  void finish(Ticket ticket, const Curve& curve);
  Curve estimate(const QueuedBurst& burst) const;
  void set_refresh_rate(Cycle now, const Operating& operating);
  void set_clock(Cycle now, const Operating& operating);
  base::TimePs time(Cycle cycle) const { return clock_.time_of(cycle); }
  Cycle frontier() const;
  Cycle path_cycles() const;
  static std::vector<SubChannelService> sub_channels(const DramConfig& config, const TimingTable& timing);

  DramConfig config_;
  VisitCutter cutter_;
  base::Clock clock_;
  TimingTable timing_;
  Operating operating_;
  std::vector<SubChannelService> subs_;
  CommandBus command_bus_;
  Patrol patrol_;
  std::vector<std::vector<BankWork>> work_;  ///< scratch, by sub-channel
  BurstQueues queues_;
  BusDirection direction_;
  VisitOrder order_;
  RefreshOutlook outlook_;
  VisitLog log_;
  std::deque<Ticket> unaccepted_;  ///< writes without room in the write queue yet
  Cycle arbitration_ = 0;          ///< start of the last visit
  Cycle settled_ = 0;
  CommandCounts counts_;
};

}  // namespace kiln::dram
