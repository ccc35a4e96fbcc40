// SPDX-License-Identifier: MIT
// Topologies under traffic: latency without load and saturation against their closed forms, and both engines.
#include "base/rng.h"
#include "noc/load_point.h"
#include "noc/network_engine.h"
#include "support/catch.h"

using namespace kiln;
using namespace kiln::noc;
using Catch::Matchers::WithinRel;

namespace {

constexpr TopologyKind kKinds[] = {TopologyKind::mesh, TopologyKind::torus, TopologyKind::ring,
                                   TopologyKind::concentrated_mesh, TopologyKind::crossbar};

NocConfig network(TopologyKind kind) {
  NocConfig config;
  config.topology = kind;
  return config;
}

double saturation(TopologyKind kind, int side) {
  NocConfig config = network(kind);
  config.columns = config.rows = side;
  MeasureConfig measure;
  measure.sample_cycles = 1000;
  measure.max_samples = 12;
  return saturation_load(config, TrafficConfig{}, measure, 3, 0.02);
}

}  // namespace

TEST_CASE("uniform traffic without load takes the cycles of its mean hops") {
  for (const TopologyKind kind : kKinds) {
    const NocConfig config = network(kind);
    const Topology topology(config);
    double routers = 0;
    for (int from = 0; from < topology.nodes(); ++from)
      for (int to = 0; to < topology.nodes(); ++to) routers += topology.hops(from, to) + 1;
    routers /= topology.nodes() * topology.nodes();
    TrafficConfig traffic;
    MeasureConfig measure;
    measure.sample_cycles = 10000;
    const LoadResult result = measure_load(config, traffic, measure, 0.02, 7);
    // P1: 4 R + 2 + L - 1.
    CHECK_THAT(result.avg_packet_latency_cycles, WithinRel(4 * routers + 2 + traffic.packet_flits - 1, 0.03));
    CHECK_THAT(result.avg_hops, WithinRel(routers, 0.03));
  }
}

TEST_CASE("uniform traffic saturates below, and not far below, what the bisection carries") {
  // Flits per node and cycle: twice the wires of the bisection, both ways, over the nodes; a node takes one.
  const double mesh = saturation(TopologyKind::mesh, 4), ring = saturation(TopologyKind::ring, 4),
               wide = saturation(TopologyKind::concentrated_mesh, 4),
               crossbar = saturation(TopologyKind::crossbar, 4);
  INFO(mesh << " " << ring << " " << wide << " " << crossbar);
  CHECK((mesh > 0.65 && mesh < 1));         // 16 wires: 1.0
  CHECK((ring > 0.5 * 0.5 && ring < 0.5));  // 4 wires: 0.5
  CHECK((wide > 0.5 * 0.5 && wide < 0.5));  // 4 wires: 0.5
  // Its interfaces; with one queue each it would be 2 - sqrt(2) (M. Karol, M. Hluchyj, S. Morgan, IEEE ToC
  // 35(12), 1987), four channels must reach that.
  CHECK((crossbar > 0.586 && crossbar < 1));
}

TEST_CASE("a torus carries more than a mesh where the bisection limits both") {
  const double mesh = saturation(TopologyKind::mesh, 8), torus = saturation(TopologyKind::torus, 8);
  INFO(mesh << " " << torus);
  CHECK((mesh > 0.35 && mesh < 0.5));  // 16 wires
  CHECK(
      (torus > 1.05 * mesh && torus < 1));  // 32 wires; the dateline leaves half of the channels to each side
}

TEST_CASE("a lone train takes the same time at both fidelities on every topology") {
  base::Rng rng(11, "topologies", "lone");
  for (const TopologyKind kind : kKinds)
    for (int i = 0; i < 20; ++i) {
      const auto node = [&] { return static_cast<int>(rng.below(16)); };
      const Train train{{node(), 0}, {node(), 0}, 1 + rng.below(20000), TrafficClass::weight, 0, 0};
      const Train trains[] = {train};
      const auto bulk = replay(sim::Fidelity::bulk, network(kind), trains);
      const auto exact = replay(sim::Fidelity::exact, network(kind), trains);
      CHECK(bulk.front().last == exact.front().last);
    }
}

TEST_CASE("all-to-alls end at about the same time at both fidelities on every topology") {
  for (const TopologyKind kind : kKinds)
    for (const int side : {4, 6})
      for (const std::uint64_t bytes : {1024, 8192}) {
        NocConfig config = network(kind);
        config.columns = config.rows = side;
        if (kind == TopologyKind::crossbar) config.virtual_channels = 1;
        const int nodes = config.nodes();
        std::vector<Train> trains;
        for (int turn = 1; turn < nodes; ++turn)
          for (int node = 0; node < nodes; ++node)
            trains.push_back({{node, 0}, {(node + turn) % nodes, 0}, bytes, TrafficClass::weight, 0, 0});
        const auto end = [&](sim::Fidelity fidelity) {
          base::TimePs last = 0;
          for (const Delivery& delivery : replay(fidelity, config, trains))
            last = std::max(last, delivery.last);
          return static_cast<double>(last);
        };
        INFO(static_cast<int>(kind) << " " << side << " " << bytes);
        CHECK_THAT(end(sim::Fidelity::bulk), WithinRel(end(sim::Fidelity::exact), 0.25));
      }
}
