// SPDX-License-Identifier: MIT
// Deadlock is foreseen where it can form, and only there.
#include "noc/dependency_graph.h"

#include "base/error.h"
#include "noc/exact_network.h"
#include "support/catch.h"

using namespace kiln;
using namespace kiln::noc;

namespace {

NocConfig network(TopologyKind kind, RoutingPolicy routing, int columns = 6, int rows = 5) {
  NocConfig config;
  config.topology = kind;
  config.routing = routing;
  config.columns = columns;
  config.rows = rows;
  return config;
}

/// Dimension order that keeps all channels: on a ring of four and more a circle of waiting packets.
class WithoutDateline : public Routing {
 public:
  explicit WithoutDateline(const Topology& topology) : topology_(topology) {}
  void route(int router, const PacketRoute& packet, RouteChoices& out) const override {
    out.add(topology_.next_port(router, packet.destination, true), packet.vcs);
  }

 private:
  const Topology& topology_;
};

/// Any shortest way on any channel: all eight turns of a mesh.
class AllTurns : public Routing {
 public:
  explicit AllTurns(const Topology& topology) : topology_(topology) {}
  void route(int router, const PacketRoute& packet, RouteChoices& out) const override {
    const Steps steps = topology_.steps(router, packet.destination);
    if (steps.column >= 0) out.add(steps.column, packet.vcs);
    if (steps.row >= 0) out.add(steps.row, packet.vcs);
  }

 private:
  const Topology& topology_;
};

/// An escape in dimension order, but without a dateline.
class EscapeWithoutDateline : public AllTurns {
 public:
  explicit EscapeWithoutDateline(const Topology& topology) : AllTurns(topology), order_(topology) {}
  void route(int router, const PacketRoute& packet, RouteChoices& out) const override {
    PacketRoute escaping = packet, others = packet;
    escaping.vcs = escape(packet.vcs);
    others.vcs &= ~escaping.vcs;
    AllTurns::route(router, others, out);
    order_.route(router, escaping, out);
  }
  Mask escape(Mask vcs) const override { return vcs & (~vcs + 1); }

 private:
  WithoutDateline order_;
};

template <class Policy>
std::vector<Channel> cycle(TopologyKind kind, int columns, int rows, Mask vcs) {
  const Topology topology(network(kind, RoutingPolicy::xy, columns, rows));
  const std::vector<Channel> found = dependency_cycle(topology, Policy(topology), vcs);
  // Each channel ends where the next one begins, all the way round.
  for (std::size_t i = 0; i < found.size(); ++i)
    CHECK(topology.neighbour(found[i].router, found[i].port) == found[(i + 1) % found.size()].router);
  return found;
}

}  // namespace

TEST_CASE("what Kiln routes is free of deadlock where it is offered") {
  using enum TopologyKind;
  using enum RoutingPolicy;
  for (const RoutingPolicy routing : {xy, yx, odd_even, adaptive})
    for (const TopologyKind kind : {mesh, concentrated_mesh, crossbar})
      CHECK(dependency_cycle_of(network(kind, routing)).empty());
  for (const RoutingPolicy routing : {xy, yx})
    for (const TopologyKind kind : {torus, ring}) CHECK(dependency_cycle_of(network(kind, routing)).empty());
  for (const RoutingPolicy routing : {odd_even, adaptive})
    for (const TopologyKind kind : {torus, ring})
      CHECK_FALSE(dependency_cycle_of(network(kind, routing)).empty());
}

TEST_CASE("rings without a dateline close a circle once packets go two hops") {
  CHECK_FALSE(cycle<WithoutDateline>(TopologyKind::torus, 5, 4, 0b1111).empty());
  CHECK_FALSE(cycle<WithoutDateline>(TopologyKind::torus, 1, 4, 0b1).empty());
  CHECK_FALSE(cycle<WithoutDateline>(TopologyKind::ring, 5, 1, 0b1).empty());
  CHECK(cycle<WithoutDateline>(TopologyKind::torus, 3, 3, 0b1).empty());
  CHECK(cycle<WithoutDateline>(TopologyKind::mesh, 6, 6, 0b1).empty());
}

TEST_CASE("all turns of a mesh close a circle, an escape in dimension order breaks it") {
  CHECK_FALSE(cycle<AllTurns>(TopologyKind::mesh, 2, 2, 0b1).empty());
  CHECK(cycle<AllTurns>(TopologyKind::mesh, 7, 1, 0b1).empty());
  const Topology mesh(network(TopologyKind::mesh, RoutingPolicy::xy));
  CHECK(dependency_cycle(mesh, EscapeWithoutDateline(mesh), 0b11).empty());
  const Topology torus(network(TopologyKind::torus, RoutingPolicy::xy));
  CHECK_FALSE(dependency_cycle(torus, EscapeWithoutDateline(torus), 0b11).empty());
}

TEST_CASE("a packet without a channel is an error") {
  const Topology mesh(network(TopologyKind::mesh, RoutingPolicy::xy));
  CHECK_THROWS_AS(dependency_cycle(mesh, EscapeWithoutDateline(mesh), 0), base::SimError);
}

TEST_CASE("the foreseen circle is the one in which the routers then wait") {
  NocConfig config = network(TopologyKind::ring, RoutingPolicy::xy, 5, 1);
  config.virtual_channels = config.buffer_depth = 1;
  config.watchdog_cycles = 200;
  const auto run = [&](bool dateline) {
    config.virtual_channels = dateline ? 2 : 1;
    const Topology topology(config);
    ExactNetwork network(config, dateline ? nullptr : std::make_unique<WithoutDateline>(topology));
    for (int node = 0; node < 5; ++node)
      network.offer({.source = {node, 0}, .destination = {(node + 2) % 5, 0}, .packets = 20, .flits = 8});
    network.run_to_idle();
    return network.delivered().size();
  };
  CHECK(run(true) == 100);
  CHECK_THROWS_AS(run(false), base::SimError);
}

TEST_CASE("large networks are judged by small ones of the same kind") {
  CHECK(dependency_cycle_of(network(TopologyKind::mesh, RoutingPolicy::adaptive, 64, 64)).empty());
  CHECK_FALSE(dependency_cycle_of(network(TopologyKind::torus, RoutingPolicy::odd_even, 63, 64)).empty());
}
