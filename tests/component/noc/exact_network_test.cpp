// SPDX-License-Identifier: MIT
// The flit-level engine: conservation, delivery under every policy, deadlock report, starvation bound.
#include "noc/exact_network.h"

#include <algorithm>
#include <string>

#include "base/error.h"
#include "base/rng.h"
#include "support/catch.h"

using namespace kiln;
using namespace kiln::noc;

namespace {

/// Everybody turns clockwise for ever: the textbook cycle of a ring without a dateline.
class Clockwise : public Routing {
 public:
  explicit Clockwise(const Topology& topology) : topology_(topology) {}
  void route(int node, const PacketRoute& packet, RouteChoices& out) const override {
    static constexpr int kNext[] = {kEast, kNorth, kSouth, kWest};  // of nodes 0, 1, 2, 3 of a 2x2 mesh
    out.add(kNext[node], packet.vcs);
  }

 private:
  const Topology& topology_;
};

}  // namespace

TEST_CASE("Random traffic arrives whole, once and in order under every routing policy and topology") {
  struct Case {
    TopologyKind topology;
    RoutingPolicy routing;
    int vcs, depth, vc_delay, switch_delay;
    bool tail_credit;
  };
  for (const Case& c : {Case{TopologyKind::mesh, RoutingPolicy::xy, 2, 3, 1, 1, false},
                        Case{TopologyKind::mesh, RoutingPolicy::yx, 1, 1, 1, 1, false},
                        Case{TopologyKind::mesh, RoutingPolicy::odd_even, 2, 4, 1, 1, false},
                        Case{TopologyKind::mesh, RoutingPolicy::adaptive, 3, 4, 1, 1, true},
                        Case{TopologyKind::torus, RoutingPolicy::xy, 2, 2, 1, 1, false},
                        Case{TopologyKind::torus, RoutingPolicy::yx, 4, 4, 2, 1, false},
                        Case{TopologyKind::ring, RoutingPolicy::xy, 2, 3, 1, 1, false},
                        Case{TopologyKind::concentrated_mesh, RoutingPolicy::adaptive, 3, 4, 1, 1, false},
                        Case{TopologyKind::concentrated_mesh, RoutingPolicy::odd_even, 2, 4, 1, 1, true},
                        Case{TopologyKind::crossbar, RoutingPolicy::xy, 1, 3, 1, 1, false},
                        Case{TopologyKind::mesh, RoutingPolicy::xy, 4, 8, 1, 2, true}}) {
    NocConfig config;
    config.topology = c.topology;
    config.routing = c.routing;
    config.columns = 5;
    config.rows = 4;
    config.local_ports = 2;
    config.virtual_channels = c.vcs;
    config.buffer_depth = c.depth;
    config.pipeline.vc_alloc_delay = c.vc_delay;
    config.pipeline.sw_alloc_delay = c.switch_delay;
    config.wait_for_tail_credit = c.tail_credit;
    ExactNetwork network(config);
    base::Rng rng(5, "test", "exact");
    std::uint64_t flits = 0;
    const int offers = 600;
    for (int i = 0; i < offers; ++i) {
      Offer offer;
      offer.source = {static_cast<int>(rng.below(20)), static_cast<int>(rng.below(2))};
      offer.destination = {static_cast<int>(rng.below(20)), static_cast<int>(rng.below(2))};
      offer.packets = 1 + rng.below(3);
      offer.flits = 1 + static_cast<int>(rng.below(9));
      offer.cycle = static_cast<std::int64_t>(rng.below(300));
      offer.tag = static_cast<std::uint64_t>(i);
      flits += offer.packets * static_cast<std::uint64_t>(offer.flits);
      network.offer(offer);
    }
    network.run_to_idle();
    CHECK(network.injected_flits() == flits);
    CHECK(network.ejected_flits() == flits);
    std::vector<int> last(static_cast<std::size_t>(offers), 0);
    std::uint64_t hops = 0;
    for (const PacketRecord& record : network.delivered()) {
      last[record.tag] += record.last;
      CHECK(record.delivered >= record.injected + record.flits - 1);
      CHECK(record.injected >= record.created);
      hops += static_cast<std::uint64_t>(record.hops * record.flits);
    }
    CHECK(std::all_of(last.begin(), last.end(), [](int n) { return n == 1; }));
    CHECK(network.flit_hops() == hops);  // all policies are minimal
    RouterActivity total;
    for (int router = 0; router < network.topology().routers(); ++router) total += network.activity(router);
    CHECK(total.buffer_writes == total.buffer_reads);
    CHECK(total.injected == flits);
    CHECK(total.ejected == flits);
  }
}

TEST_CASE("A deadlock is reported with the cycle of waiting channels") {
  NocConfig config;
  config.columns = config.rows = 2;
  config.virtual_channels = 1;
  config.buffer_depth = 1;
  config.watchdog_cycles = 200;
  const Topology topology(config);
  ExactNetwork network(config, std::make_unique<Clockwise>(topology));
  // Each node sends three hops round the ring with packets longer than the buffers.
  const int destination[] = {2, 0, 3, 1};
  for (int node = 0; node < 4; ++node) {
    network.offer({.source = {node, 0}, .destination = {destination[node], 0}, .packets = 10, .flits = 8});
  }
  std::string text;
  try {
    network.run_to_idle();
  } catch (const base::SimError& error) {
    text = error.what();
  }
  CHECK(text.find("network deadlock") != std::string::npos);
  CHECK(text.find("wait for one another") != std::string::npos);
  for (const char* node : {"node 0 ", "node 1 ", "node 2 ", "node 3 "})
    CHECK(text.find(node) != std::string::npos);
}

TEST_CASE("The starvation bound lets a low class through a saturating high one") {
  const auto low_done = [](int bound) {
    NocConfig config;
    config.columns = 4;
    config.rows = 1;
    config.qos.priority = true;
    config.qos.starvation_cycles = bound;
    ExactNetwork network(config);
    network.offer({.source = {0, 0},
                   .destination = {3, 0},
                   .cls = TrafficClass::gradient,
                   .packets = 4000,
                   .flits = 5});
    network.offer({.source = {0, 0},
                   .destination = {3, 0},
                   .cls = TrafficClass::activation,
                   .packets = 1,
                   .flits = 5,
                   .tag = 1});
    network.run_to_idle();
    for (const PacketRecord& record : network.delivered()) {
      if (record.tag == 1) return record.delivered;
    }
    return std::int64_t{-1};
  };
  CHECK(low_done(0) > 20000);
  CHECK(low_done(1000) < 3000);
}

TEST_CASE("Idle spells cost no cycles of work and change nothing") {
  NocConfig config;
  ExactNetwork network(config);
  network.offer({.source = {0, 0}, .destination = {15, 0}, .flits = 5, .cycle = 1'000'000'000});
  network.run_to_idle();
  REQUIRE(network.delivered().size() == 1);
  CHECK(network.delivered().front().delivered == 1'000'000'000 + 34);
}

TEST_CASE("End points that do not exist are refused") {
  ExactNetwork network(NocConfig{});
  CHECK_THROWS_AS(network.offer({.source = {16, 0}, .destination = {0, 0}}), base::SimError);
  CHECK_THROWS_AS(network.offer({.source = {0, 1}, .destination = {0, 0}}), base::SimError);
}
