// SPDX-License-Identifier: MIT
// Topologies against closed forms of their graphs (W. J. Dally, B. Towles, Principles and Practices of
// Interconnection Networks, 2004, chapters 3 to 5).
#include "noc/topology.h"

#include <cmath>
#include <queue>

#include "base/error.h"
#include "support/catch.h"

using namespace kiln::noc;
using Catch::Matchers::WithinRel;

namespace {

NocConfig network(TopologyKind kind, int columns, int rows) {
  NocConfig config;
  config.topology = kind;
  config.columns = columns;
  config.rows = rows;
  return config;
}

double mean_hops(const Topology& topology) {
  double sum = 0;
  for (int from = 0; from < topology.nodes(); ++from)
    for (int to = 0; to < topology.nodes(); ++to) sum += topology.hops(from, to);
  return sum / topology.nodes() / topology.nodes();
}

/// Mean distance of two places on a line or a ring of `k`, equal ones included.
double line(double k) {
  return (k - 1 / k) / 3;
}
double ring(int k) {
  return k % 2 == 0 ? k / 4.0 : (k - 1.0 / k) / 4;
}

/// Wires, each way counted, between the routers for which `left` holds and the others.
template <class Left>
int wires_across(const Topology& topology, Left left) {
  int count = 0;
  for (int router = 0; router < topology.routers(); ++router)
    for (int port = 0; port < topology.ports(); ++port)
      if (const int there = topology.neighbour(router, port); there >= 0)
        count += left(router) != left(there);
  return count;
}

int across_middle_column(const Topology& topology, int columns) {
  return wires_across(topology, [&](int r) { return topology.router_position(r).column < columns / 2; });
}

std::vector<int> distances(const Topology& topology, int from) {
  std::vector<int> distance(static_cast<std::size_t>(topology.routers()), -1);
  distance[static_cast<std::size_t>(from)] = 0;
  std::queue<int> open;
  for (open.push(from); !open.empty(); open.pop())
    for (int port = 0; port < topology.ports(); ++port) {
      const int next = topology.neighbour(open.front(), port);
      if (next < 0 || distance[static_cast<std::size_t>(next)] >= 0) continue;
      distance[static_cast<std::size_t>(next)] = distance[static_cast<std::size_t>(open.front())] + 1;
      open.push(next);
    }
  return distance;
}

constexpr TopologyKind kKinds[] = {TopologyKind::mesh, TopologyKind::torus, TopologyKind::ring,
                                   TopologyKind::concentrated_mesh, TopologyKind::crossbar};

}  // namespace

TEST_CASE("mean hops of uniform traffic are those of the closed forms") {
  for (const auto& [columns, rows] : {std::pair{8, 8}, {5, 4}, {6, 3}, {7, 1}}) {
    CHECK_THAT(mean_hops(Topology(network(TopologyKind::mesh, columns, rows))),
               WithinRel(line(columns) + line(rows), 1e-12));
    CHECK_THAT(mean_hops(Topology(network(TopologyKind::torus, columns, rows))),
               WithinRel(ring(columns) + ring(rows), 1e-12));
    CHECK_THAT(mean_hops(Topology(network(TopologyKind::ring, columns, rows))),
               WithinRel(ring(columns * rows), 1e-12));
    CHECK(mean_hops(Topology(network(TopologyKind::crossbar, columns, rows))) == 0);
  }
  CHECK_THAT(mean_hops(Topology(network(TopologyKind::concentrated_mesh, 8, 8))),
             WithinRel(2 * line(4), 1e-12));
}

TEST_CASE("bisections are those of the closed forms") {
  CHECK(across_middle_column(Topology(network(TopologyKind::mesh, 8, 8)), 8) == 2 * 8);
  CHECK(across_middle_column(Topology(network(TopologyKind::torus, 8, 8)), 8) == 4 * 8);
  CHECK(across_middle_column(Topology(network(TopologyKind::ring, 8, 8)), 64) == 4);
  CHECK(across_middle_column(Topology(network(TopologyKind::concentrated_mesh, 8, 8)), 4) == 2 * 4);
  CHECK(Topology(network(TopologyKind::crossbar, 8, 8)).routers() == 1);
}

TEST_CASE("distances and dimension-order paths are shortest paths of the graph") {
  for (const TopologyKind kind : kKinds)
    for (const auto& [columns, rows] : {std::pair{5, 4}, {4, 4}, {2, 2}, {3, 1}, {1, 1}}) {
      const Topology topology(network(kind, columns, rows));
      for (int from = 0; from < topology.nodes(); ++from) {
        const std::vector<int> shortest = distances(topology, topology.router_of(from));
        for (int to = 0; to < topology.nodes(); ++to) {
          INFO(columns << "x" << rows << ", kind " << static_cast<int>(kind) << ", " << from << " to " << to);
          REQUIRE(topology.hops(from, to) == shortest[static_cast<std::size_t>(topology.router_of(to))]);
          for (const bool columns_first : {true, false}) {
            std::vector<int> links;
            topology.append_path({from, 0}, {to, 0}, columns_first, links);
            REQUIRE(static_cast<int>(links.size()) == topology.hops(from, to) + 2);
            REQUIRE(topology.router_of_link(links.back()) == topology.router_of(to));
          }
        }
      }
    }
}

TEST_CASE("every interface and every link has a number of its own") {
  for (const TopologyKind kind : kKinds) {
    NocConfig config = network(kind, 5, 3);
    config.local_ports = 2;
    const Topology topology(config);
    std::vector<int> seen(static_cast<std::size_t>(topology.links()));
    for (int node = 0; node < topology.nodes(); ++node)
      for (int port = 0; port < 2; ++port) {
        const int interface = topology.interface_of({node, port});
        CHECK(interface / topology.interfaces() == topology.router_of(node));
        for (const int link : {topology.injection_link({node, port}), topology.ejection_link({node, port})})
          CHECK(++seen[static_cast<std::size_t>(link)] == 1);
      }
    CHECK_THROWS_AS(topology.check_endpoint({15, 0}), kiln::base::SimError);
    CHECK_THROWS_AS(topology.check_endpoint({0, 2}), kiln::base::SimError);
  }
}

TEST_CASE("wires are as long as their ends are apart") {
  const Topology torus(network(TopologyKind::torus, 6, 4));
  CHECK(torus.wire_tiles(0, kEast) == 1);
  CHECK(torus.wire_tiles(0, kWest) == 5);
  CHECK(torus.wire_tiles(0, kSouth) == 3);
  const Topology wide(network(TopologyKind::concentrated_mesh, 4, 4));
  CHECK(wide.wire_tiles(0, kEast) == 2);
  CHECK(wide.access_tiles(wide.interface_of({5, 0})) == 2);
  const Topology crossbar(network(TopologyKind::crossbar, 3, 3));
  CHECK(crossbar.home(0) == 4);
  CHECK(crossbar.access_tiles(crossbar.interface_of({4, 0})) == 0);
  CHECK(crossbar.access_tiles(crossbar.interface_of({8, 0})) == 2);
  // A router with its 4 + 1 ports is that of a mesh; one for nine nodes has 9.
  CHECK(port_ratio(network(TopologyKind::torus, 3, 3)) == 1);
  CHECK_THAT(port_ratio(network(TopologyKind::crossbar, 3, 3)), WithinRel(9.0 / 5, 1e-12));
}
