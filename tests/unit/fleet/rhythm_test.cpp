// SPDX-License-Identifier: MIT
// Barriers, staleness, participation and dropouts.
#include <algorithm>

#include "fleet.h"
#include "support/catch.h"

using namespace kiln;
using fleet::Barrier;
using fleet::Topology;
using testing::Setup;

namespace {

/// A wire on which a gradient takes `seconds`.
void make_gradient_take(Setup& setup, double seconds) {
  setup.link = testing::wire(1e6 / seconds);
}

}  // namespace

TEST_CASE("a strict barrier waits for the slowest device") {
  Setup setup(5, Topology::tree);
  make_gradient_take(setup, 1e-9);
  setup.step_s = {0.1, 0.7, 0.2, 0.3, 0.15};
  const auto simulation = setup.run();
  CHECK(simulation->time_s() == Approx(10 * 0.7));
  for (const fleet::RoundRecord& round : simulation->history().rounds) {
    CHECK(round.slowest == 1);
    CHECK(round.first_ready_s - round.begin_s == Approx(0.1));
    CHECK(round.ready_s - round.begin_s == Approx(0.7));
  }
  CHECK(simulation->worker(0).books().training_s == Approx(1));
}

TEST_CASE("bounded by 0 is strict") {
  for (const Topology topology : {Topology::ring, Topology::tree, Topology::server, Topology::gossip}) {
    Setup setup(6, topology);
    setup.step_s = {0.1, 0.4, 0.2, 0.3, 0.15, 0.11};
    const auto strict = setup.run();
    setup.config.exchange.barrier = Barrier::bounded;
    setup.config.exchange.staleness = 0;
    const auto bounded = setup.run();
    CHECK(bounded->time_s() == strict->time_s());
    CHECK(bounded->history().staleness == strict->history().staleness);
    CHECK(strict->history().mean_staleness() == 0);
  }
}

TEST_CASE("a bound of one hides the exchange behind the next step") {
  Setup setup(4, Topology::ring);
  setup.config.rounds = 200;
  setup.config.exchange.barrier = Barrier::bounded;
  setup.config.exchange.staleness = 1;
  for (const double gradient_s : {0.02, 0.5}) {
    make_gradient_take(setup, gradient_s);
    const double exchange_s = 2.0 * 3 / 4 * gradient_s;
    CHECK(setup.round_s() == Approx(std::max(0.1, exchange_s)).epsilon(0.02));
  }
}

TEST_CASE("no gradient is staler than the bound, and a larger bound is never slower") {
  double before_s = 1e9;
  for (const int bound : {0, 1, 3, 8}) {
    Setup setup(6, Topology::server);
    setup.step_s = {0.1, 0.4, 0.2, 0.3, 0.15, 0.11};
    setup.config.rounds = 100;
    setup.config.exchange.barrier = Barrier::bounded;
    setup.config.exchange.staleness = bound;
    make_gradient_take(setup, 0.05);
    const auto simulation = setup.run();
    CHECK(simulation->history().staleness.size() <= static_cast<std::size_t>(bound) + 1);
    CHECK(simulation->time_s() <= before_s * 1.01);
    before_s = simulation->time_s();
  }
}

TEST_CASE("without a barrier a gradient of n equal devices misses the updates of the n - 1 others") {
  for (const int n : {2, 5, 16}) {
    Setup setup(n, Topology::server, 1.0);
    for (int d = 0; d < n; ++d) setup.step_s[static_cast<std::size_t>(d)] += 1e-6 * d;  // in turn
    setup.config.rounds = 200;
    setup.config.exchange.barrier = Barrier::asynchronous;
    setup.config.exchange.server_channels = n;
    make_gradient_take(setup, 1e-9);
    const auto simulation = setup.run();
    CHECK(simulation->history().mean_staleness() == Approx(n - 1).epsilon(0.05));
    CHECK(simulation->history().updates == static_cast<std::uint64_t>(200 * n));
    CHECK(simulation->time_s() == Approx(200).epsilon(0.01));
  }
}

TEST_CASE("without a barrier nobody is held up, and fast devices train more") {
  for (const Topology topology : {Topology::server, Topology::gossip}) {
    Setup setup(4, topology);
    setup.step_s = {0.1, 0.1, 0.1, 1.0};
    setup.config.rounds = 100;
    setup.config.exchange.server_channels = 4;
    make_gradient_take(setup, 1e-9);
    const double strict_s = setup.run()->time_s();
    setup.config.exchange.barrier = Barrier::asynchronous;
    const auto simulation = setup.run();
    CHECK(strict_s == Approx(100));
    CHECK(simulation->time_s() == Approx(400 / 31.0).epsilon(0.02));  // 10 + 10 + 10 + 1 steps a second
    CHECK(simulation->worker(0).books().steps > 9 * simulation->worker(3).books().steps);
    CHECK(simulation->history().mean_staleness() > 0);
  }
}

TEST_CASE("a federated round draws its share of the devices, each with its local steps") {
  Setup setup(20, Topology::server, 0.01);
  setup.config.rounds = 300;
  setup.config.exchange.local_steps = 7;
  setup.config.exchange.participation = 0.25;
  setup.config.exchange.server_channels = 20;
  const auto simulation = setup.run();
  double steps = 0;
  for (int d = 0; d < 20; ++d) {
    const double own = simulation->worker(d).books().steps;
    CHECK(own == Approx(300 * 0.25 * 7).epsilon(0.4));
    steps += own;
  }
  CHECK(steps == Approx(300 * 5 * 7));
  for (const fleet::RoundRecord& round : simulation->history().rounds) CHECK(round.members == 5);
  CHECK(simulation->history().trainings == 1500);
}

TEST_CASE("who was not in the round before gets the model, who was gets the update") {
  Setup setup(10, Topology::server);
  setup.config.exchange.participation = 0.3;
  const auto simulation = setup.run();
  std::uint64_t received = 0, sent = 0;
  for (int d = 0; d < 10; ++d) {
    received += simulation->network().received_by(d);
    sent += simulation->network().sent_by(d).payload_bytes;
  }
  CHECK(sent == 10 * 3 * 1000000ULL);
  CHECK(received == 11 * 3 * 1000000ULL);  // once more for the first round; gradient and model are as long
}

TEST_CASE("devices go silent as often as they are said to, and a round waits for the timeout") {
  Setup setup(10, Topology::server);
  setup.config.rounds = 400;
  setup.config.exchange.server_channels = 10;
  make_gradient_take(setup, 1e-9);
  const double whole_s = setup.round_s();
  setup.config.exchange.dropout = 0.1;
  setup.config.exchange.dropout_timeout_s = 3;
  const auto simulation = setup.run();
  CHECK(static_cast<double>(simulation->history().dropouts) == Approx(400 * 10 * 0.1).epsilon(0.1));
  const double some_silent = 1 - std::pow(0.9, 10);
  CHECK(simulation->time_s() / 400 == Approx(whole_s + 3 * some_silent).epsilon(0.05));
  CHECK(simulation->network().sent().payload_bytes - simulation->network().sent_by(0).payload_bytes > 0);
  setup.config.exchange.topology = Topology::gossip;
  setup.config.rounds = 50;
  CHECK(setup.run()->history().dropouts > 20);
}

TEST_CASE("the same seed gives the same fleet, another seed another one") {
  Setup setup(8, Topology::gossip);
  setup.link.packet.payload_bytes = 1000;
  setup.link.errors.packet_loss = 0.1;
  const auto first = setup.run(), again = setup.run();
  CHECK(first->time_s() == again->time_s());
  CHECK(first->network().sent().wire_bytes == again->network().sent().wire_bytes);
  setup.config.seed = 2;
  CHECK(setup.run()->time_s() != first->time_s());
}

TEST_CASE("a duty limit stretches rounds to what may be sent") {
  Setup setup(3, Topology::gossip);
  setup.link.duty = {0.1, 10};  // a second in ten, as long as a gradient
  setup.config.rounds = 20;
  CHECK(setup.run()->time_s() == Approx(19 * 10 + 1.1).epsilon(0.01));
}
