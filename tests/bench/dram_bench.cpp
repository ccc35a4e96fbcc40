// SPDX-License-Identifier: MIT
// Requests per CPU second of the DRAM tiers; items_per_second is what the README quotes.
#include <benchmark/benchmark.h>

#include <string>

#include "config/load.h"
#include "dram/bulk_channel.h"
#include "dram/exact_channel.h"
#include "dram/pattern.h"

namespace {

using namespace kiln;
using namespace kiln::dram;

DramConfig peer() {
  return config::load<StandaloneConfig>(std::string(KILN_SOURCE_DIR) +
                                        "/tests/reference/dram/ramulator-hbm2_2000_AllBank.yaml")
      .value;
}

void exact(benchmark::State& state, Pattern pattern, WalkMapping mapping) {
  const DramConfig config = peer();
  const OrganisationConfig& o = config.organisation;
  PatternSource source(pattern, mapping, o);
  std::vector<Access> accesses;
  for (int i = 0; i < 200000; ++i) {
    const PatternRequest r = source.next();
    accesses.push_back(access_at(o, r.at, r.write, 0));
  }
  for (auto _ : state) {
    ExactChannel channel(config);
    for (const Access& access : accesses) {
      while (!channel.can_accept(access)) channel.step(kNeverCycle);
      channel.accept(access, channel.now(), channel.now());
    }
    while (!channel.complete()) channel.step(kNeverCycle);
    benchmark::DoNotOptimize(channel.last_completion());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(accesses.size()));
}

/// One stream alone, in bursts of `bytes`: the free tier.
void free_stream(benchmark::State& state) {
  const auto bytes = static_cast<std::uint64_t>(state.range(0));
  DramConfig config = peer();
  config.organisation.mapping = {"pc", "bg", "col", "ba", "row", "ch"};
  const std::uint64_t bursts = (1 << 25) / bytes;
  for (auto _ : state) {
    BulkChannel channel(config, 0);
    Ticket last = 0;
    for (std::uint64_t i = 0; i < bursts; ++i) last = channel.submit({.address = i * bytes, .bytes = bytes});
    channel.settle(2'000'000'000);
    benchmark::DoNotOptimize(channel.forecast(last));
  }
  state.SetItemsProcessed(
      static_cast<std::int64_t>(state.iterations() * (1 << 25) / config.organisation.access_bytes));
  state.counters["bursts_per_second"] = benchmark::Counter(
      static_cast<double>(state.iterations()) * static_cast<double>(bursts), benchmark::Counter::kIsRate);
}

BENCHMARK_CAPTURE(exact, stream_B, Pattern::seq_read, WalkMapping::B);
BENCHMARK_CAPTURE(exact, stream_R, Pattern::seq_read, WalkMapping::R);
BENCHMARK_CAPTURE(exact, stream_I, Pattern::seq_read, WalkMapping::I);
BENCHMARK_CAPTURE(exact, random, Pattern::rand_read, WalkMapping::R);
BENCHMARK(free_stream)->Arg(1024)->Arg(4096)->Arg(16384)->Arg(65536);

}  // namespace
