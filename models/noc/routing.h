// SPDX-License-Identifier: MIT
// Routing policies: which output ports and virtual channels a packet may ask for at a router.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "noc/topology.h"

namespace kiln::noc {

/// Set of virtual channels, ports or (port, VC) pairs of one router; bit i = member i.
using Mask = std::uint64_t;

/// What routing may know of a packet. Source and destination are routers.
struct PacketRoute {
  int source = 0;
  int destination = 0;
  int destination_interface = 0;  ///< of its router
  Mask vcs = 0;                   ///< virtual channels its class may hold
};

/// The union of (port, VC) pairs a packet asks for.
struct RouteChoices {
  struct Choice {
    int port;
    Mask vcs;
  };
  std::array<Choice, 4> choices;
  int count = 0;
  void add(int port, Mask vcs) {
    if (vcs != 0) choices[count++] = {port, vcs};
  }
};

class Routing {
 public:
  virtual ~Routing() = default;
  /// `router` is never the destination: the engine itself ejects packets there.
  virtual void route(int router, const PacketRoute& packet, RouteChoices& out) const = 0;
  /// More than one port may be offered: then the one with most credits is accepted.
  virtual bool adaptive() const { return false; }
  /// Of `vcs` those that keep packets moving however the others are held; all: there is no such difference.
  /// A policy that makes it must not ask for a packet's source.
  virtual Mask escape(Mask vcs) const { return vcs; }
};

std::unique_ptr<Routing> make_routing(const NocConfig& config, const Topology& topology);

}  // namespace kiln::noc
