// SPDX-License-Identifier: MIT
// Bytes and times of the exchanges against their closed forms.
#include <cmath>
#include <set>

#include "fleet.h"
#include "support/catch.h"

using namespace kiln;
using fleet::Topology;
using testing::Setup;

namespace {

constexpr double kGradient = 1e6;  // bytes, over a wire of 1e6 bytes a second: one second
constexpr double kStep = 0.1;

double sent_per_round(const fleet::Simulation& simulation, int device) {
  return static_cast<double>(simulation.network().sent_by(device).payload_bytes) /
         static_cast<double>(simulation.config().rounds);
}

}  // namespace

TEST_CASE("a ring sends 2 (n - 1) / n of the gradient from each device, in as long a time") {
  for (const int n : {2, 3, 7, 8, 64}) {
    INFO(n);
    const auto simulation = Setup(n, Topology::ring).run();
    const double share = 2.0 * (n - 1) / n;
    std::uint64_t all = 0;
    for (int d = 0; d < n; ++d) {
      CHECK(sent_per_round(*simulation, d) == Approx(share * kGradient).epsilon(1e-4));
      all += simulation->network().sent_by(d).payload_bytes;
    }
    CHECK(all == static_cast<std::uint64_t>(10 * 2 * (n - 1) * kGradient));
    CHECK(simulation->time_s() == Approx(10 * (kStep + share * kGradient / 1e6)).epsilon(1e-3));
  }
}

TEST_CASE("a tree takes 2 log2 n times the gradient") {
  for (const int levels : {1, 2, 3, 6}) {
    const int n = 1 << levels;
    INFO(n);
    const auto simulation = Setup(n, Topology::tree).run();
    CHECK(simulation->time_s() == Approx(10 * (kStep + 2 * levels * kGradient / 1e6)));
    CHECK(simulation->network().sent().payload_bytes ==
          static_cast<std::uint64_t>(10 * 2 * (n - 1) * kGradient));
  }
  for (const int n : {3, 5, 6, 13}) {  // no full tree: as deep as the next one
    INFO(n);
    const double levels = std::ceil(std::log2(n));
    CHECK(Setup(n, Topology::tree).round_s() <= kStep + 2 * levels + 1e-9);
    CHECK(Setup(n, Topology::tree).round_s() >= kStep + levels);
  }
}

TEST_CASE("a server's link carries all gradients one after the other, both ways") {
  for (const int n : {1, 4, 9}) {
    INFO(n);
    Setup setup(n, Topology::server);
    setup.config.rounds = 1;  // in later ones the first devices are at work while others are served
    CHECK(setup.round_s() == Approx(kStep + 2.0 * n * kGradient / 1e6));
    setup.config.exchange.server_channels = n;
    CHECK(setup.round_s() == Approx(kStep + 2.0 * kGradient / 1e6));
  }
}

TEST_CASE("in gossip each device sends to as many peers as it hears from") {
  for (const int peers : {1, 3}) {
    Setup setup(8, Topology::gossip);
    setup.config.exchange.gossip_peers = peers;
    const auto simulation = setup.run();
    for (int d = 0; d < 8; ++d) {
      CHECK(sent_per_round(*simulation, d) == Approx(peers * kGradient));
      CHECK(simulation->network().received_by(d) == simulation->network().sent_by(d).payload_bytes);
    }
  }
  for (std::int64_t round = 0; round < 20; ++round) {
    const auto peers = fleet::draw_peers(9, 4, 1, round);
    std::vector<int> heard(9);
    for (int member = 0; member < 9; ++member) {
      const auto& to = peers[static_cast<std::size_t>(member)];
      const std::set<int> different(to.begin(), to.end());
      CHECK(different.size() == 4);
      CHECK(different.count(member) == 0);
      for (const int peer : to) ++heard[static_cast<std::size_t>(peer)];
    }
    CHECK(heard == std::vector<int>(9, 4));
  }
}

TEST_CASE("on a shared channel all messages follow one another") {
  Setup setup(6, Topology::ring);
  setup.config.rounds = 1;
  setup.link.access = link::Access::shared;
  CHECK(setup.round_s() == Approx(kStep + 2 * 5 * kGradient / 1e6).epsilon(1e-3));
}

TEST_CASE("a half-duplex ring takes about twice as long, and a relayed one goes through the air twice") {
  Setup setup(8, Topology::ring);
  const double full_s = setup.round_s() - kStep;
  setup.link.access = link::Access::half;
  const double half_s = setup.round_s() - kStep;
  CHECK(half_s > 1.9 * full_s);
  CHECK(half_s < 2.5 * full_s);
  setup.link.access = link::Access::shared;
  const double direct_s = setup.round_s() - kStep;
  setup.link.path = link::Path::relayed;
  CHECK(setup.round_s() - kStep == Approx(2 * direct_s).epsilon(0.01));
}

TEST_CASE("latency counts once for every message that waits for another") {
  for (const auto& [topology, messages] :
       {std::pair{Topology::ring, 14}, {Topology::tree, 6}, {Topology::server, 2}, {Topology::gossip, 1}}) {
    Setup setup(8, topology);
    const double before_s = setup.round_s();
    setup.link.latency_s = 0.5;
    CHECK(setup.round_s() - before_s == Approx(0.5 * messages));
  }
}

TEST_CASE("one device alone sends nothing: its gradients and samples stay with it") {
  for (const Topology topology : {Topology::ring, Topology::tree, Topology::gossip}) {
    const auto simulation = Setup(1, topology).run();
    CHECK(simulation->network().sent().wire_bytes == 0);
    CHECK(simulation->time_s() == Approx(10 * kStep));
  }
}

TEST_CASE("packets that are lost are sent 1 / (1 - p) times, and nothing arrives twice") {
  for (const double p : {0.05, 0.4}) {
    Setup setup(6, Topology::ring);
    setup.link.packet.payload_bytes = 1000;
    setup.link.errors.packet_loss = p;
    setup.config.rounds = 50;
    const auto simulation = setup.run();
    const fleet::Traffic sent = simulation->network().sent();
    CHECK((sent.packets + sent.repeats) / sent.packets == Approx(1 / (1 - p)).epsilon(0.01));
    CHECK(simulation->network().received_bytes() == sent.payload_bytes);
    // The slowest of the ring's links decides: longer than in the mean.
    CHECK(simulation->time_s() > 50 * (kStep + 2.0 * 5 / 6 / (1 - p)));
  }
}

TEST_CASE("a stamp takes its share of every packet") {
  Setup setup(4, Topology::gossip);
  setup.link.packet.payload_bytes = 116;
  setup.config.exchange.stamp_bytes = 16;
  const fleet::Traffic sent = setup.run()->network().sent();
  CHECK(sent.packets == Approx(4 * 10 * 10000));
  CHECK(sent.wire_bytes == Approx(4 * 10 * (kGradient + 16 * 10000)));
}
