// SPDX-License-Identifier: MIT
// The bulk protocol: bursts of one tensor's bytes between tiles, network and memories, in two phases. It has
// protocol traits of its own, so that a socket of the base protocol does not bind to it.
//
//   phase       path      said by            means
//   ---------   -------   ----------------   -----------------------------------------------------------
//   BEGIN_REQ   forward   initiator or hop   the burst enters: `arrival` says when its first and last byte
//                                            are there (of a read: the request)
//   BEGIN_RESP  backward  target or hop      the burst comes out: `departure` says when its data, or the
//                                            acknowledgement of a write, come out
//
// BEGIN_REQ is answered with TLM_ACCEPTED, BEGIN_RESP with TLM_COMPLETED; there is no END_REQ and no
// END_RESP, since the windows of the initiators limit what is under way. Delays are always zero: a call is
// made when it happens. Hops cut through, so that latencies overlap and do not add up. The blocking and the
// debug transport are not part of the protocol.
//
// Of the generic payload, command, address (in bytes, inside the channel that the extension names), length
// and response status are used; data, byte enables and streaming width are not.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <tlm>

#include "sim/bulk.h"

namespace kiln::sim {

/// TLM-2.0 protocol traits (IEEE 1666-2011, 14.2): other types than the base protocol's, so that binding a
/// socket of another protocol is an error of the compiler.
struct BulkProtocol {
  using tlm_payload_type = tlm::tlm_generic_payload;
  using tlm_phase_type = tlm::tlm_phase;
};

inline constexpr unsigned kBusWidth = 32;  ///< bits; nominal, the network's links decide

/// What any socket of a target is to those who bind to it.
using BulkTarget = tlm::tlm_target_socket<kBusWidth, BulkProtocol>;
template <class Module>
using BulkInitiatorSocket = tlm_utils::simple_initiator_socket<Module, kBusWidth, BulkProtocol>;
template <class Module>
using BulkTargetSocket = tlm_utils::simple_target_socket<Module, kBusWidth, BulkProtocol>;
/// One of many of a module, numbered; may stay unbound.
template <class Module>
using BulkInitiatorPort = tlm_utils::simple_initiator_socket_tagged_optional<Module, kBusWidth, BulkProtocol>;
template <class Module>
using BulkTargetPort = tlm_utils::simple_target_socket_tagged_optional<Module, kBusWidth, BulkProtocol>;

/// Hands a burst on, forward or backward.
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

}  // namespace kiln::sim
