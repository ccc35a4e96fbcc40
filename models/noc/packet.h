// SPDX-License-Identifier: MIT
// What is offered to the exact engine and what comes back.
#pragma once

#include <cstdint>

#include "noc/traffic.h"

namespace kiln::noc {

/// Says packet by packet when an offer can be sent.
class PacketSupply {
 public:
  virtual ~PacketSupply() = default;
  /// First cycle in which the packet of the offer with this tag can be sent. When it is not over it is a
  /// lower bound: asked for again then.
  virtual std::int64_t ready(std::uint64_t tag, std::uint64_t packet) = 0;
};

/// Consecutive packets of one source, destination and class. Packet i is ready at `cycle + i * interval`; a
/// packet is sent only when all of it is there, and after all packets offered before it in its class.
struct Offer {
  Endpoint source, destination;
  TrafficClass cls = TrafficClass::activation;
  std::uint64_t packets = 1;
  int flits = 1;       ///< per packet, header included
  int last_flits = 0;  ///< of the last packet; 0 = as the others
  std::int64_t cycle = 0;
  double interval = 0;
  std::uint64_t tag = 0;           ///< handed back with every packet
  PacketSupply* supply = nullptr;  ///< in place of `interval`; `cycle` is its answer for the first packet
};

/// One delivered packet; cycles are those of the network clock.
struct PacketRecord {
  std::uint64_t tag = 0;
  std::int64_t created = 0;         ///< ready at the source
  std::int64_t injected = 0;        ///< head flit left the source
  std::int64_t head_delivered = 0;  ///< head flit reached the sink
  std::int64_t delivered = 0;       ///< tail flit reached the sink
  Endpoint source, destination;
  int flits = 0;
  int hops = 0;  ///< routers passed
  TrafficClass cls = TrafficClass::activation;
  bool last = false;  ///< last packet of its offer

  std::int64_t packet_latency() const { return delivered - created; }
  std::int64_t network_latency() const { return delivered - injected; }
};

}  // namespace kiln::noc
