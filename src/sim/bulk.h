// SPDX-License-Identifier: MIT
// Bulk transfers over TLM-2.0: a generic payload without data stands for a burst of bytes of one tensor.
//
// Protocol (all non-blocking, initiator -> network -> target and back):
//   BEGIN_REQ   the burst enters a hop; `arrival` says when its first and last byte are there (reads: the
//   request). BEGIN_RESP  the burst leaves a hop backwards; `departure` is the curve (first, last) at which
//   its data, or
//               for writes its acknowledgement, come out. Hops cut through: latencies overlap, they do not
//               add up.
#pragma once

#include <cstdint>
#include <memory>
#include <tlm>
#include <vector>

#include "base/time.h"
#include "sim/coding_site.h"
#include "sim/traffic_class.h"

namespace kiln::sim {

using base::Curve;

struct BulkExtension : tlm::tlm_extension<BulkExtension> {
  // Identity
  int source_port = -1;       ///< network port of the initiator
  int destination_port = -1;  ///< network port of the target
  std::uint64_t job = 0;      ///< which DMA job the burst belongs to
  // Shape
  std::uint64_t address = 0;     ///< global byte address
  std::uint64_t local = 0;       ///< address inside the target (channel bits removed)
  int channel = 0;               ///< channel inside the target
  std::uint64_t bytes = 0;       ///< bytes in memory
  std::uint64_t wire_bytes = 0;  ///< bytes on the links, after compression in a router
  Coding coding;                 ///< by engines on the path
  // Meaning
  TrafficClass cls = TrafficClass::activation;
  int tensor = -1, layer = -1, phase = -1;
  std::uint32_t step = 0, stream = 0;
  // Timing
  base::TimePs issued = 0;  ///< when the initiator offered it
  Curve arrival;            ///< at the target
  Curve departure;          ///< at the point where it was last handed back

  tlm_extension_base* clone() const override;
  void copy_from(const tlm_extension_base& other) override;
};

/// Payloads with their extension, recycled; TLM's memory-manager contract.
class PayloadPool : public tlm::tlm_mm_interface {
 public:
  PayloadPool() = default;
  PayloadPool(const PayloadPool&) = delete;
  PayloadPool& operator=(const PayloadPool&) = delete;
  ~PayloadPool() override;

  tlm::tlm_generic_payload& acquire();
  void free(tlm::tlm_generic_payload* payload) override;
  std::size_t outstanding() const { return all_.size() - free_.size(); }

 private:
  std::vector<std::unique_ptr<tlm::tlm_generic_payload>> all_;
  std::vector<tlm::tlm_generic_payload*> free_;
};

/// Hands a payload on in one phase without delay: what every hop of the protocol above does.
template <class Socket>
void send_request(Socket& socket, tlm::tlm_generic_payload& payload) {
  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  socket->nb_transport_fw(payload, phase, delay);
}
template <class Socket>
void send_response(Socket& socket, tlm::tlm_generic_payload& payload) {
  tlm::tlm_phase phase = tlm::BEGIN_RESP;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  socket->nb_transport_bw(payload, phase, delay);
}

inline BulkExtension& bulk(tlm::tlm_generic_payload& payload) {
  return *payload.get_extension<BulkExtension>();
}

}  // namespace kiln::sim
