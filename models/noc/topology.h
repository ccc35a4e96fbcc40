// SPDX-License-Identifier: MIT
// Nodes, routers, ports, links and dimension-order paths of a network, in tables made of its wiring.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "noc/wiring.h"

namespace kiln::noc {

/// Nodes are where units stand; routers join them. A router's ports are those towards other routers, then one
/// for each of its interfaces: the local ports of its nodes.
///
/// Every unidirectional wire bundle has one number: first the links between routers (router * ports + port),
/// then the injection links, then the ejection links (by interface).
class Topology {
 public:
  explicit Topology(const NocConfig& config);

  // Nodes, numbered row by row.
  int nodes() const { return columns_ * rows_; }
  int columns() const { return columns_; }
  int rows() const { return rows_; }
  Position position(int node) const { return {node % columns_, node / columns_}; }
  int node_at(Position position) const { return position.row * columns_ + position.column; }
  int router_of(int node) const { return routers_of_[static_cast<std::size_t>(node)]; }
  /// Links between the routers of two nodes on a shortest path.
  int hops(int from, int to) const { return wiring_->distance(router_of(from), router_of(to)); }
  /// Throws base::SimError when the end point does not exist.
  void check_endpoint(Endpoint endpoint) const;

  // Routers.
  int routers() const { return routers_; }
  /// Of a router towards others.
  int ports() const { return ports_; }
  /// Interfaces of a router. Interface i of all is interface i % interfaces() of router i / interfaces().
  int interfaces() const { return interfaces_; }
  int interface_of(Endpoint endpoint) const {
    return first_interface_[static_cast<std::size_t>(endpoint.node)] + endpoint.port;
  }
  /// The router one hop away, or -1.
  int neighbour(int router, int port) const { return wire(router, port).router; }
  /// The port by which flits enter that router; the wire back leaves it there.
  int entry(int router, int port) const { return wire(router, port).port; }
  std::string_view port_name(int port) const { return wiring_->port_name(port); }
  /// The node beside which a router stands.
  int home(int router) const { return wiring_->home(router); }
  /// Of a router, in the dimensions of the network.
  Position router_position(int router) const { return wiring_->position(router); }
  Steps steps(int router, int to) const { return wiring_->steps(router, to); }
  bool has_rings() const { return wiring_->has_rings(); }
  bool past_dateline(int source, int router, int port) const {
    return wiring_->past_dateline(source, router, port);
  }
  /// Next port of dimension-order routing, or -1 at the destination.
  int next_port(int router, int to, bool columns_first) const;

  // Links.
  int links() const { return routers_ * (ports_ + 2 * interfaces_); }
  int network_link(int router, int port) const { return router * ports_ + port; }
  int injection_link(Endpoint source) const { return first_injection_ + interface_of(source); }
  int ejection_link(Endpoint sink) const { return first_ejection_ + interface_of(sink); }
  bool is_network_link(int link) const { return link < first_injection_; }
  bool is_injection_link(int link) const { return link >= first_injection_ && link < first_ejection_; }
  /// The router a link leaves (network, ejection) or enters (injection).
  int router_of_link(int link) const;
  /// The port by which a network or injection link enters its router.
  int input_port(int link) const;
  /// Length in distances of neighbouring nodes, in rows and columns: 1 in a mesh, where a node's own wires
  /// have none.
  int link_tiles(int link) const;
  int access_tiles(int interface) const { return access_tiles_[static_cast<std::size_t>(interface)]; }
  int wire_tiles(int router, int port) const;

  /// Injection link, hops and ejection link of the dimension-order path, appended to `links`.
  void append_path(Endpoint source, Endpoint sink, bool columns_first, std::vector<int>& links) const;

 private:
  const Wire& wire(int router, int port) const {
    return wires_[static_cast<std::size_t>(router * ports_ + port)];
  }
  int tiles_between(int node, int other) const;

  std::unique_ptr<const Wiring> wiring_;
  int columns_, rows_, local_ports_;
  int routers_, ports_, interfaces_;
  int first_injection_, first_ejection_;
  std::vector<Wire> wires_;
  std::vector<int> routers_of_, first_interface_;  ///< by node
  std::vector<int> access_tiles_;                  ///< by interface
};

/// Ports of a router over those that it would have in a mesh: 1 there and in a torus.
double port_ratio(const NocConfig& config);

}  // namespace kiln::noc
