// SPDX-License-Identifier: MIT
// How the routers of a network are joined and where its nodes sit: one class per kind of topology
// (topologies/). All else knows routers, ports and wires only, by `Topology`.
#pragma once

#include <memory>
#include <string_view>

#include "noc/noc_config.h"

namespace kiln::noc {

struct Position {
  int column = 0;
  int row = 0;
};

/// Where a router's port leads: the router there and the port by which flits enter it.
struct Wire {
  int router = -1;  ///< -1: nowhere
  int port = -1;
};

/// Ports on the shortest ways to another router, one per dimension; -1 where that dimension already agrees.
struct Steps {
  int column = -1;
  int row = -1;
};

/// Nodes are numbered row by row and are where units stand, whatever joins them. Routers have equally many
/// ports towards others, numbered from 0. Every wire has one that goes back: wire(wire(r, p)) is (r, p).
class Wiring {
 public:
  virtual ~Wiring() = default;
  virtual int routers() const = 0;
  /// Towards other routers, at most kDirections.
  virtual int ports() const = 0;
  virtual Wire wire(int router, int port) const = 0;
  virtual std::string_view port_name(int port) const = 0;

  virtual int router_of(int node) const { return node; }
  /// Most nodes that share a router, and which of them a node is.
  virtual int nodes_per_router() const { return 1; }
  virtual int place_of(int /*node*/) const { return 0; }
  /// The node beside which a router stands.
  virtual int home(int router) const { return router; }

  /// Coordinates in the dimensions of `steps`.
  virtual Position position(int router) const = 0;
  virtual Steps steps(int router, int to) const = 0;
  virtual int distance(int router, int to) const = 0;
  /// Dimensions close to rings, so packets need other channels behind a dateline (Dally & Seitz 1987).
  virtual bool has_rings() const { return false; }
  /// A packet from `source` that leaves `router` by `port` is then behind the dateline of that ring.
  virtual bool past_dateline(int /*source*/, int /*router*/, int /*port*/) const { return false; }
};

std::unique_ptr<Wiring> make_wiring(const NocConfig& config);

/// Port towards `to` on a line, or ring, of `size`; -1 when there. `tie_forward` decides at half a ring.
int line_step(int from, int to, int size, bool ring, bool tie_forward, int forward, int backward);
/// Shortest distance on a line or ring.
int line_distance(int from, int to, int size, bool ring);

}  // namespace kiln::noc
