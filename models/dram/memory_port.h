// SPDX-License-Identifier: MIT
// A network port of the memory with the channels behind it, as a SystemC module.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "dram/memory_engine.h"
#include "dram/memory_unit.h"
#include "sim/wakeups.h"

namespace kiln::dram {

class MemoryPort : public MemoryUnit {
 public:
  SC_HAS_PROCESS(MemoryPort);
  MemoryPort(sc_core::sc_module_name name, const MemorySite& site);

  sim::BulkTargetSocket<MemoryPort> socket;
  sim::BulkTarget& target() override { return socket; }

  void set_operating_point(const sim::OperatingPoint& point) override;
  /// Rows closed, nothing queued, the first refresh an interval away.
  void restart(const sim::OperatingPoint& point) override;
  void drain() override;
  void report_activity() override;
  void check_conservation() const override;
  std::int64_t outstanding() const override { return outstanding_; }
  CommandCounts counts() const;

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
  void log_exertions();
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
  PortChannels port_channels_;
  stats::Ledger& ledger_;
  stats::BlockId block_, phy_block_;
  base::TimePs reported_at_ = 0;
  sc_core::sc_event event_;
  sim::WakeupQueue<Look> looks_;
  std::vector<Waiting> slots_;
  std::vector<std::uint64_t> uses_;
  std::vector<std::size_t> free_slots_;
  std::int64_t outstanding_ = 0;
  std::array<std::uint64_t, 2> asked_accesses_{};  ///< reads and writes of all steps
};

}  // namespace kiln::dram
