// SPDX-License-Identifier: MIT
// One contract for both engines of the network, held while trains start as in a running chip.
#include "noc/network_engine.h"

#include <algorithm>

#include "base/rng.h"
#include "noc/topology.h"
#include "support/catch.h"

using namespace kiln;
using namespace kiln::noc;
using Catch::Matchers::WithinAbs;

namespace {

/// Bytes that come out at an even pace, then stop for a while in the middle.
class Hesitant final : public sim::Supply {
 public:
  base::TimePs ready(std::uint64_t bytes) override {
    return static_cast<base::TimePs>(bytes) * 200 + (bytes > 8192 ? 2'000'000 : 0);
  }
};

struct Run {
  std::vector<Delivery> done;
  int wakes = 0;
};

Run finish(NetworkEngine& network) {
  Run run;
  while (network.next_event() != base::kNever) {
    network.advance(network.next_event(), run.done);
    ++run.wakes;
  }
  return run;
}

}  // namespace

TEST_CASE("random trains are all delivered, flits in are flits out, at both fidelities") {
  const sim::Fidelity fidelity = GENERATE(sim::Fidelity::bulk, sim::Fidelity::exact);
  for (const TopologyKind topology : {TopologyKind::mesh, TopologyKind::torus, TopologyKind::ring,
                                      TopologyKind::concentrated_mesh, TopologyKind::crossbar}) {
    NocConfig config;
    config.topology = topology;
    const auto network = make_network_engine(fidelity, config);
    base::Rng rng(3, "network", "engine");
    std::vector<Delivery> done;
    constexpr int kTrains = 300;
    std::vector<base::TimePs> starts;
    for (int i = 0; i < kTrains; ++i) {
      const base::TimePs now = i * 150'000;
      network->advance(now, done);
      const auto node = [&] { return static_cast<int>(rng.below(16)); };
      const TrainId id = network->start({{node(), 0},
                                         {node(), 0},
                                         1 + rng.below(4096),
                                         static_cast<TrafficClass>(rng.below(4)),
                                         now,
                                         now + 100'000},
                                        now, {});
      starts.push_back(now);
      CHECK(id == static_cast<TrainId>(i + 1));
    }
    while (network->next_event() != base::kNever) network->advance(network->next_event(), done);
    CHECK(done.size() == kTrains);
    for (const Delivery& delivery : done) {
      CHECK(delivery.first <= delivery.last);
      CHECK(delivery.last > starts[delivery.id - 1]);
    }
    CHECK(network->started_flits() == network->delivered_flits());
    std::uint64_t injected = 0;
    for (int router = 0; router < Topology(config).routers(); ++router)
      injected += network->activity(router).injected;
    CHECK(injected == network->started_flits());
  }
}

TEST_CASE("a clock change in the middle of a train is the same at both fidelities") {
  const double ratio = GENERATE(0.5, 2.0);
  NocConfig config;
  const Train train{{0, 0}, {15, 0}, 16384, TrafficClass::weight, 0, 2'000'000};
  base::TimePs last[2] = {};
  for (const sim::Fidelity fidelity : {sim::Fidelity::bulk, sim::Fidelity::exact}) {
    const auto network = make_network_engine(fidelity, config);
    network->start(train, 0, {});
    std::vector<Delivery> done;
    network->advance(600'000, done);
    network->set_clock(600'000, ratio * config.clock_hz);
    const Run result = finish(*network);
    REQUIRE(result.done.size() == 1);
    last[fidelity == sim::Fidelity::exact] = result.done.front().last;
  }
  CHECK_THAT(static_cast<double>(last[0]), Catch::Matchers::WithinRel(static_cast<double>(last[1]), 0.01));
}

TEST_CASE("a network that follows the supply sends nothing before it is there") {
  NocConfig config;
  const auto network = make_network_engine(sim::Fidelity::exact, config);
  network->start({{0, 0}, {3, 0}, 16384, TrafficClass::weight, 0, 0}, 0,
                 {.data = std::make_shared<Hesitant>()});
  const Run result = finish(*network);
  const base::TimePs data = 16384 * 200 + 2'000'000;
  REQUIRE(result.done.size() == 1);
  CHECK(result.done.front().last > data);
  CHECK(result.done.front().last < data + 60'000);  // the last packet and the way
}

TEST_CASE("the exact engine is woken for deliveries, not for cycles") {
  NocConfig config;
  const auto network = make_network_engine(sim::Fidelity::exact, config);
  network->start({{0, 0}, {15, 0}, 1 << 20, TrafficClass::weight, 0, 0}, 0, {});
  const Run result = finish(*network);
  CHECK(result.done.front().last > 70'000'000);  // 73,728 flits
  CHECK(result.wakes < 20);
  CHECK(network->next_event() == base::kNever);
}

TEST_CASE("a network that repeats its own run in its own time repeats it to the picosecond") {
  const sim::Fidelity fidelity = GENERATE(sim::Fidelity::bulk, sim::Fidelity::exact);
  NocConfig config;
  base::Rng rng(3, "network", "self timed");
  std::vector<Train> trains;
  for (int i = 0; i < 200; ++i) {
    const base::TimePs now = i * base::TimePs{150'000};
    const auto node = [&] { return static_cast<int>(rng.below(16)); };
    trains.push_back(
        {{node(), 0}, {node(), 0}, 1 + rng.below(4096), TrafficClass::gradient, now, now + 9'000});
  }
  const std::vector<Delivery> once = replay(fidelity, config, trains);
  const std::vector<Delivery> again =
      replay_self_timed(fidelity, config, trains, once, std::vector<int>(trains.size(), 0));
  for (std::size_t i = 0; i < trains.size(); ++i) {
    INFO("train " << i);
    CHECK(again[i].first == once[i].first);
    CHECK(again[i].last == once[i].last);
  }
}

TEST_CASE("a slower network's latency adds up over trains that wait for one another") {
  const sim::Fidelity fidelity = GENERATE(sim::Fidelity::bulk, sim::Fidelity::exact);
  NocConfig fast, slow;
  slow.pipeline.routing_delay = 5;
  std::vector<Train> trains;  // across three routers, one after the other
  constexpr int kTrains = 100;
  for (int i = 0; i < kTrains; ++i)
    trains.push_back({{0, 0}, {2, 0}, 64, TrafficClass::gradient, i * 500'000, i * 500'000});
  const auto end = [](const std::vector<Delivery>& run) { return static_cast<double>(run.back().last); };
  const std::vector<Delivery> run = replay(fidelity, fast, trains);
  const double latency = end(replay(fidelity, slow, trains)) - end(run);
  CHECK(latency > 0);
  const double all =
      end(replay_self_timed(fidelity, slow, trains, run, std::vector<int>(trains.size(), 0))) - end(run);
  CHECK_THAT(all, Catch::Matchers::WithinRel(kTrains * latency, 0.02));
}
