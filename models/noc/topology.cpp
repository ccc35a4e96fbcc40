// SPDX-License-Identifier: MIT
#include "noc/topology.h"

#include <cstdlib>

#include "base/error.h"

namespace kiln::noc {

Topology::Topology(const NocConfig& config)
    : wiring_(make_wiring(config)),
      columns_(config.columns),
      rows_(config.rows),
      local_ports_(config.local_ports),
      routers_(wiring_->routers()),
      ports_(wiring_->ports()),
      interfaces_(wiring_->nodes_per_router() * config.local_ports),
      first_injection_(routers_ * ports_),
      first_ejection_(first_injection_ + routers_ * interfaces_) {
  KILN_CHECK(ports_ <= kDirections, "routers with {} ports towards others", ports_);
  for (int router = 0; router < routers_; ++router)
    for (int port = 0; port < ports_; ++port) {
      const Wire there = wires_.emplace_back(wiring_->wire(router, port));
      if (there.router < 0) continue;
      const Wire back = wiring_->wire(there.router, there.port);
      KILN_CHECK(back.router == router && back.port == port,
                 "the wire from router {}, port {} has no way back", router, port);
    }
  access_tiles_.assign(static_cast<std::size_t>(routers_ * interfaces_), 0);
  for (int node = 0; node < nodes(); ++node) {
    const int router = wiring_->router_of(node);
    routers_of_.push_back(router);
    first_interface_.push_back(router * interfaces_ + wiring_->place_of(node) * local_ports_);
    for (int port = 0; port < local_ports_; ++port)
      access_tiles_[static_cast<std::size_t>(interface_of({node, port}))] = tiles_between(node, home(router));
  }
}

int Topology::next_port(int router, int to, bool columns_first) const {
  const Steps steps = wiring_->steps(router, to);
  if (columns_first) return steps.column >= 0 ? steps.column : steps.row;
  return steps.row >= 0 ? steps.row : steps.column;
}

int Topology::router_of_link(int link) const {
  if (is_network_link(link)) return link / ports_;
  const int first = is_injection_link(link) ? first_injection_ : first_ejection_;
  return (link - first) / interfaces_;
}

int Topology::input_port(int link) const {
  if (is_network_link(link)) return wires_[static_cast<std::size_t>(link)].port;
  return ports_ + (link - first_injection_) % interfaces_;
}

int Topology::tiles_between(int node, int other) const {
  const Position a = position(node), b = position(other);
  return std::abs(a.column - b.column) + std::abs(a.row - b.row);
}

int Topology::wire_tiles(int router, int port) const {
  const int there = neighbour(router, port);
  return there < 0 ? 0 : tiles_between(home(router), home(there));
}

int Topology::link_tiles(int link) const {
  if (is_network_link(link)) return wire_tiles(link / ports_, link % ports_);
  return access_tiles((link - first_injection_) % (routers_ * interfaces_));
}

void Topology::append_path(Endpoint source, Endpoint sink, bool columns_first,
                           std::vector<int>& links) const {
  links.push_back(injection_link(source));
  int router = router_of(source.node);
  const int last = router_of(sink.node);
  for (int port; (port = next_port(router, last, columns_first)) >= 0;) {
    links.push_back(network_link(router, port));
    router = neighbour(router, port);
  }
  links.push_back(ejection_link(sink));
}

void Topology::check_endpoint(Endpoint endpoint) const {
  if (endpoint.node < 0 || endpoint.node >= nodes()) {
    throw base::SimError(fmt::format("node {} does not exist: the network has {}x{} nodes, 0 to {}",
                                     endpoint.node, columns_, rows_, nodes() - 1));
  }
  if (endpoint.port < 0 || endpoint.port >= local_ports_) {
    throw base::SimError(fmt::format("port {} of node {} does not exist: nodes have {} local port(s)",
                                     endpoint.port, endpoint.node, local_ports_));
  }
}

double port_ratio(const NocConfig& config) {
  const std::unique_ptr<Wiring> wiring = make_wiring(config);
  return static_cast<double>(wiring->ports() + wiring->nodes_per_router() * config.local_ports) /
         (kDirections + config.local_ports);
}

}  // namespace kiln::noc
