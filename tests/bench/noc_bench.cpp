// SPDX-License-Identifier: MIT
// Flit-hops per second of the flit-level engine and trains per second of the bulk network.
//
// BookSim 2 on the cases below (tests' source: speed figures of the reference runs, CPU time): 4x4 uniform
// 0.05 0.48 M, 0.30 0.83 M; 8x8 uniform 0.05 0.53 M, 0.30 0.64 M; 8x8 corner gather 0.175 M; 8x8 all-to-all
// 0.43 M flit-hops/s.
#include <benchmark/benchmark.h>

#include "base/rng.h"
#include "noc/bulk_network.h"
#include "noc/synthetic.h"

namespace {

using namespace kiln;
using namespace kiln::noc;

void uniform_load(benchmark::State& state) {
  NocConfig config;
  config.columns = config.rows = static_cast<int>(state.range(0));
  const double load = static_cast<double>(state.range(1)) / 100;
  ExactNetwork network(config);
  TrafficConfig traffic;
  SyntheticTraffic sources(traffic, network.topology(), load, 1);
  for (auto _ : state) {
    const std::int64_t next = network.cycle() + 250;
    sources.generate_until(next, network);
    network.run_until(next);
    network.delivered().clear();
  }
  state.counters["flit_hops"] =
      benchmark::Counter(static_cast<double>(network.flit_hops()), benchmark::Counter::kIsRate);
}
BENCHMARK(uniform_load)->Args({4, 5})->Args({4, 30})->Args({8, 5})->Args({8, 30})->Args({8, 38});

void corner_gather(benchmark::State& state) {
  NocConfig config;
  config.columns = config.rows = 8;
  double hops = 0;
  for (auto _ : state) {
    ExactNetwork network(config);
    for (int node = 1; node < 64; ++node) {
      network.offer({.source = {node, 0}, .destination = {0, 0}, .packets = 50, .flits = 5});
    }
    network.run_to_idle();
    hops += static_cast<double>(network.flit_hops());
  }
  state.counters["flit_hops"] = benchmark::Counter(hops, benchmark::Counter::kIsRate);
}
BENCHMARK(corner_gather);

/// Uncontended trains of 1 to 16 KiB: flit-hops they stand for, to compare with the engines that move flits.
void free_trains(benchmark::State& state) {
  NocConfig config;
  config.columns = config.rows = 8;
  BulkNetwork network(config);
  const Topology topology(config);
  base::Rng rng(1, "bench", "noc");
  std::vector<Delivery> done;
  double hops = 0;
  base::TimePs now = 0;
  for (auto _ : state) {
    Train train;
    train.source.node = static_cast<int>(rng.below(64));
    train.destination.node = static_cast<int>(rng.below(64));
    train.bytes = 1024 + rng.below(15 * 1024);
    train.first = train.last = now;
    network.start(train, now);
    while (network.next_event() != base::kNever) {
      now = network.next_event();
      network.advance(now, done);
    }
    done.clear();
    const int routers = topology.hops(train.source.node, train.destination.node) + 1;
    hops += static_cast<double>(config.flits_of(train.bytes)) * routers;
  }
  state.counters["flit_hops"] = benchmark::Counter(hops, benchmark::Counter::kIsRate);
}
BENCHMARK(free_trains);

/// A training step's traffic: many trains active at once between tiles and memory, paced by the memory.
void step_traffic(benchmark::State& state) {
  NocConfig config;
  BulkNetwork network(config);
  base::Rng rng(1, "bench", "step");
  std::vector<Delivery> done;
  base::TimePs now = 0;
  const double pace = static_cast<double>(state.range(1)) / 100;  // of a link, per train
  const auto start = [&] {
    Train train;
    train.source.node = static_cast<int>(rng.below(16));
    train.destination.node = static_cast<int>(rng.below(4)) * 5;
    if (rng.below(2) == 0) std::swap(train.source, train.destination);
    train.bytes = 1024 + rng.below(15 * 1024);
    train.first = now;
    train.last = now + static_cast<base::TimePs>(static_cast<double>(train.bytes) / 16 * 1000 / pace);
    network.start(train, now);
  };
  for (int i = 0; i < state.range(0); ++i) start();
  for (auto _ : state) {
    while (done.empty()) {
      now = network.next_event();
      network.advance(now, done);
    }
    for (std::size_t i = 0; i < done.size(); ++i) start();
    done.clear();
  }
  state.counters["contended"] =
      static_cast<double>(network.contended_trains()) / static_cast<double>(network.completed_trains());
}
BENCHMARK(step_traffic)->Args({8, 20})->Args({32, 5})->Args({100, 2})->Args({100, 5});

}  // namespace
