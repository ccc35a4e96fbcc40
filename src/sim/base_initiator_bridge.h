// SPDX-License-Identifier: MIT
// Lets an initiator of TLM-2.0's base protocol into the network: a CPU or NPU model of one's own, loosely or
// approximately timed (IEEE 1666-2011, 10.2). Its transactions become bursts of the bulk protocol.
//
// Global addresses are spread over channels by the memory's map; a transaction that touches several channels
// is answered when the last of them answered. Kiln's memories hold no data: the bridge keeps what was written
// through it, so that reads give it back. Requests beyond the window wait for their END_REQ. Byte enables and
// streaming are refused with the response status that the standard names; DMI is not granted.
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <deque>
#include <systemc>
#include <unordered_map>

#include "sim/address_map.h"
#include "sim/backing_store.h"
#include "sim/bulk_protocol.h"
#include "sim/wakeups.h"

namespace kiln::sim {

struct BaseInitiatorConfig {
  std::uint64_t window_bytes = 4096;  ///< under way at a time; one larger transaction goes alone
  TrafficClass cls = TrafficClass::activation;
  std::uint32_t stream = 0;  ///< for the memory's row visits
};

class BaseInitiatorBridge : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(BaseInitiatorBridge);
  /// `pool` must outlive the simulation.
  BaseInitiatorBridge(sc_core::sc_module_name name, const BaseInitiatorConfig& config,
                      const MemoryMap& memory, PayloadPool& pool);

  /// Bind the initiator here.
  tlm_utils::simple_target_socket<BaseInitiatorBridge> from_initiator;
  /// The network's side.
  BulkInitiatorSocket<BaseInitiatorBridge> socket;

  bool idle() const { return requests_.empty() && open_.empty() && answers_.empty(); }

 private:
  struct Open {
    std::size_t bursts_left = 0;
    std::uint64_t bytes = 0;
  };

  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& transaction, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay);
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& burst, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay);
  unsigned transport_dbg(tlm::tlm_generic_payload& transaction);
  void wake();
  void accept_requests();
  void send_answers();
  void issue(tlm::tlm_generic_payload& transaction);
  void move_data(tlm::tlm_generic_payload& transaction);
  tlm::tlm_response_status fault_of(const tlm::tlm_generic_payload& transaction) const;

  BaseInitiatorConfig config_;
  MemoryMap memory_;
  PayloadPool& pool_;
  BackingStore store_;
  sc_core::sc_event event_;
  WakeupQueue<tlm::tlm_generic_payload*> arriving_;  ///< requests, by the time that their delay names
  std::deque<tlm::tlm_generic_payload*> requests_;   ///< arrived, no END_REQ yet
  std::unordered_map<tlm::tlm_generic_payload*, Open> open_;
  std::unordered_map<std::uint64_t, tlm::tlm_generic_payload*> job_of_;  ///< transaction by burst's job
  std::uint64_t next_job_ = 0, under_way_bytes_ = 0;
  std::deque<tlm::tlm_generic_payload*> answers_;  ///< the first is sent when `answering_`
  bool answering_ = false;
};

}  // namespace kiln::sim
