// SPDX-License-Identifier: MIT
// A network port of the memory with the channels behind it, as a SystemC module.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <systemc>
#include <vector>

#include "dram/memory_engine.h"
#include "sim/bulk_protocol.h"
#include "sim/operating_point.h"
#include "sim/wakeups.h"
#include "stats/ledger.h"
#include "stats/metrics.h"

namespace kiln::dram {

/// A burst that reached a channel, kept for the audit against the command-level engine.
struct BurstRecord {
  int channel = 0;
  Burst burst;
};

/// What a layer in a phase had of the memory.
struct MemoryTraffic {
  std::int64_t read_bytes = 0, write_bytes = 0;
  base::TimePs service = 0;  ///< from the arrival of bursts to their answers, summed
};

class MemoryPort : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(MemoryPort);
  /// Serves the channels [first_channel, first_channel + channels) of the stack. Activity heats `block` (the
  /// device) and `phy_block` (the controller's interface on the die).
  MemoryPort(sc_core::sc_module_name name, const DramConfig& config, sim::Fidelity fidelity,
             stats::Group& stats, int first_channel, int channels, stats::Ledger& ledger,
             stats::BlockId block, stats::BlockId phy_block);

  sim::BulkTargetSocket<MemoryPort> socket;

  void set_operating(const sim::OperatingPoint& point);
  /// As when built, at this operating point: rows closed, nothing queued, the first refresh an interval away.
  /// No burst may wait for its answer.
  void restart(const sim::OperatingPoint& point);
  /// Does now what posted writes left in the queues, for the books of a step that ends here.
  void drain();
  /// Moves commands counted since the last call into the ledger.
  void report_activity();
  void reset_statistics();
  /// Throws SimError unless the channels did, or have waiting, every access that came in.
  void check_conservation() const;
  bool idle() const { return outstanding_ == 0; }
  std::string describe_state() const;
  CommandCounts counts() const;

  void record_until(base::TimePs until) { record_until_ = until; }
  const std::vector<BurstRecord>& records() const { return records_; }
  void clear_records() { records_.clear(); }
  /// Since `reset_statistics`.
  const std::map<stats::WorkKey, MemoryTraffic>& traffic() const { return traffic_; }
  std::int64_t read_bytes() const { return read_bytes_.value(); }
  std::int64_t write_bytes() const { return write_bytes_.value(); }
  std::int64_t gradient_bytes() const { return gradient_bytes_.value(); }
  /// Time bursts spent here, summed.
  double service_time_s() const { return service_.mean() * 1e-9 * static_cast<double>(service_.count()); }

 private:
  struct Waiting {
    tlm::tlm_generic_payload* payload = nullptr;
    int channel = 0;  ///< index at this port
    Ticket ticket = 0;
  };
  /// When to ask for a burst's forecast again. `use` tells whether the slot still holds the same burst.
  struct Look {
    std::size_t slot;
    std::uint64_t use;
  };

  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay);
  void wake();
  std::size_t take_slot(const Waiting& waiting);
  Operating operating_at(const sim::OperatingPoint& point) const {
    return {config_.clock_hz * point.memory_clock_factor, point.refresh_rate};
  }
  /// When the answer to a burst may leave: first data of a read, last accepted data of a write.
  base::TimePs answer_time(const Waiting& waiting);
  void respond(std::size_t slot);

  DramConfig config_;
  sim::Fidelity fidelity_;
  std::vector<std::shared_ptr<MemoryEngine>> channels_;  ///< shared with reads on their way
  std::vector<CommandCounts> reported_;
  int first_channel_;
  stats::Ledger& ledger_;
  stats::BlockId block_, phy_block_;
  base::TimePs reported_at_ = 0;
  sc_core::sc_event event_;
  sim::WakeupQueue<Look> looks_;
  std::vector<Waiting> slots_;
  std::vector<std::uint64_t> uses_;
  std::vector<std::size_t> free_slots_;
  std::int64_t outstanding_ = 0;
  base::TimePs record_until_ = 0;
  std::vector<BurstRecord> records_;
  std::map<stats::WorkKey, MemoryTraffic> traffic_;
  std::array<std::uint64_t, 2> asked_accesses_{};  ///< reads and writes of all steps

  stats::Counter& read_bytes_;
  stats::Counter& write_bytes_;
  stats::Counter& gradient_bytes_;
  stats::Distribution& service_;
};

}  // namespace kiln::dram
