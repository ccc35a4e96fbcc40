// SPDX-License-Identifier: MIT
#include "noc/routing.h"

#include <bit>
#include <set>

#include "noc/topology.h"
#include "support/catch.h"

using namespace kiln::noc;

namespace {

NocConfig mesh(int columns, int rows, RoutingPolicy routing) {
  NocConfig config;
  config.columns = columns;
  config.rows = rows;
  config.routing = routing;
  return config;
}

RouteChoices choices_at(const Routing& routing, int node, int source, int destination) {
  RouteChoices choices;
  routing.route(node, {source, destination, 0, 0xf}, choices);
  return choices;
}

}  // namespace

TEST_CASE("Every offered hop is minimal, whatever the policy") {
  for (RoutingPolicy policy :
       {RoutingPolicy::xy, RoutingPolicy::yx, RoutingPolicy::odd_even, RoutingPolicy::adaptive}) {
    const NocConfig config = mesh(5, 4, policy);
    const Topology topology(config);
    const auto routing = make_routing(config, topology);
    for (int source = 0; source < topology.nodes(); ++source) {
      for (int destination = 0; destination < topology.nodes(); ++destination) {
        // Walk all paths the policy allows.
        std::set<int> reached{source};
        std::vector<int> open{source};
        while (!open.empty()) {
          const int node = open.back();
          open.pop_back();
          if (node == destination) continue;
          const RouteChoices choices = choices_at(*routing, node, source, destination);
          REQUIRE(choices.count > 0);
          for (int i = 0; i < choices.count; ++i) {
            const int next = topology.neighbour(node, choices.choices[i].port);
            REQUIRE(next >= 0);
            REQUIRE(topology.hops(next, destination) == topology.hops(node, destination) - 1);
            if (reached.insert(next).second) open.push_back(next);
          }
        }
        CHECK(reached.count(destination) == 1);
      }
    }
  }
}

TEST_CASE("Odd-even takes no forbidden turn") {
  const NocConfig config = mesh(6, 6, RoutingPolicy::odd_even);
  const Topology topology(config);
  const auto routing = make_routing(config, topology);
  for (int source = 0; source < topology.nodes(); ++source) {
    for (int destination = 0; destination < topology.nodes(); ++destination) {
      std::vector<std::pair<int, int>> open{{source, -1}};  // node, direction it was entered by
      std::set<std::pair<int, int>> seen;
      while (!open.empty()) {
        const auto [node, entered] = open.back();
        open.pop_back();
        if (node == destination || !seen.insert({node, entered}).second) continue;
        const RouteChoices choices = choices_at(*routing, node, source, destination);
        for (int i = 0; i < choices.count; ++i) {
          const int port = choices.choices[i].port;
          const bool odd = topology.position(node).column % 2 == 1;
          const bool vertical = port == kNorth || port == kSouth;
          CHECK_FALSE((entered == kEast && vertical && !odd));
          CHECK_FALSE(((entered == kNorth || entered == kSouth) && port == kWest && odd));
          open.push_back({topology.neighbour(node, port), port});
        }
      }
    }
  }
}

TEST_CASE("Minimal adaptive always offers the escape channel in XY order") {
  const NocConfig config = mesh(4, 4, RoutingPolicy::adaptive);
  const Topology topology(config);
  const auto routing = make_routing(config, topology);
  const RouteChoices choices = choices_at(*routing, 0, 0, 15);
  int escapes = 0;
  for (int i = 0; i < choices.count; ++i) {
    if ((choices.choices[i].vcs & 1) == 0) continue;
    CHECK(choices.choices[i].port == kEast);
    CHECK(choices.choices[i].vcs == 1);
    ++escapes;
  }
  CHECK(escapes == 1);
}

TEST_CASE("A torus goes the short way and changes channels at the dateline") {
  NocConfig config = mesh(6, 6, RoutingPolicy::xy);
  config.topology = TopologyKind::torus;
  const Topology topology(config);
  const auto routing = make_routing(config, topology);
  CHECK(topology.hops(0, 5) == 1);
  CHECK(topology.hops(0, 35) == 2);
  const RouteChoices wrapping = choices_at(*routing, 5, 4, 0);
  CHECK(wrapping.choices[0].port == kEast);
  CHECK(wrapping.choices[0].vcs == 0xc);
  CHECK(choices_at(*routing, 4, 4, 0).choices[0].vcs == 0x3);
}
