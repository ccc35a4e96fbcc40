// SPDX-License-Identifier: MIT
// A memory model of somebody else's in the place of Kiln's: bursts of the bulk protocol become transactions
// of TLM-2.0's base protocol, with data buffers.
//
// The other model decides when data are there; a burst is answered when its last transaction is. It sees
// the channels of its port one after the other: address = channel x bytes of a channel + address in the
// channel. What is charged are bytes (by the energies of the configured part): its commands, rows and
// refreshes are not known here, and the operating point does not reach it.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <array>
#include <deque>
#include <unordered_map>

#include "dram/memory_unit.h"
#include "sim/buffered_payloads.h"
#include "sim/wakeups.h"

namespace kiln::dram {

/// How the other model is spoken to (IEEE 1666-2011, 10.2).
enum class CodingStyle { loosely_timed, approximately_timed };

struct ForeignMemoryConfig {
  std::uint64_t transaction_bytes = 64;  ///< largest transaction
  CodingStyle style = CodingStyle::approximately_timed;
};

class ForeignMemory : public MemoryUnit {
 public:
  SC_HAS_PROCESS(ForeignMemory);
  ForeignMemory(sc_core::sc_module_name name, const MemorySite& site, const ForeignMemoryConfig& config);

  /// The chip's side.
  sim::BulkTargetSocket<ForeignMemory> socket;
  /// Bind the other model here.
  tlm_utils::simple_initiator_socket<ForeignMemory> memory;
  sim::BulkTarget& target() override { return socket; }

  void set_operating_point(const sim::OperatingPoint& point) override;
  void restart(const sim::OperatingPoint& point) override;
  void report_activity() override;
  void check_conservation() const override;
  std::int64_t outstanding() const override { return static_cast<std::int64_t>(bursts_.size()); }

 private:
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& burst, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay);
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& transaction, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay);
  void wake();
  void loosely_timed();
  void send_next();
  void on_phase(tlm::tlm_generic_payload& transaction, tlm::tlm_phase phase, base::TimePs at);
  void complete(tlm::tlm_generic_payload& transaction);
  tlm::tlm_generic_payload& take_transaction();
  std::uint64_t address_of(const tlm::tlm_generic_payload& burst) const;

  ForeignMemoryConfig config_;
  std::uint64_t channel_bytes_;
  PortChannels port_channels_;
  stats::Ledger& ledger_;
  stats::BlockId block_, phy_block_;
  base::TimePs reported_at_ = 0;
  std::array<std::int64_t, 2> reported_bytes_{};  ///< reads and writes

  sim::BufferedPayloads payloads_;
  std::deque<tlm::tlm_generic_payload*> waiting_;         ///< bursts whose transactions are not all sent
  std::uint64_t sent_bytes_ = 0;                          ///< of the first of them
  const tlm::tlm_generic_payload* requesting_ = nullptr;  ///< whose request is not ended yet
  base::TimePs free_at_ = 0;                              ///< when the last was
  std::unordered_map<tlm::tlm_generic_payload*, std::uint64_t> bursts_;  ///< bytes not yet answered
  std::unordered_map<tlm::tlm_generic_payload*, tlm::tlm_generic_payload*> burst_of_;  ///< by transaction
  std::array<std::uint64_t, 2> came_in_{}, done_{};
  sc_core::sc_event event_, work_;
  sim::WakeupQueue<tlm::tlm_generic_payload*> responses_;  ///< transactions that are answered by then
};

}  // namespace kiln::dram
