// SPDX-License-Identifier: MIT
// Bursts repeated in their own time: the same engine repeats its run, a slower one adds its latency up.
#include "base/rng.h"
#include "dram/replay.h"
#include "part.h"
#include "support/catch.h"

using namespace kiln;
using namespace kiln::dram;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

std::vector<Burst> mix(int count, base::TimePs gap) {
  base::Rng rng(5, "dram", "self timed");
  std::vector<Burst> bursts;
  base::TimePs at = 0;
  for (int i = 0; i < count; ++i) {
    bursts.push_back({.address = rng.below(1 << 12) * 2048,
                      .bytes = 2048,
                      .write = rng.uniform() < 0.3,
                      .arrival = at,
                      .last_arrival = at});
    at += static_cast<base::TimePs>(rng.below(static_cast<std::uint64_t>(2 * gap)));
  }
  return bursts;
}

}  // namespace

TEST_CASE("an engine that repeats its own run in its own time repeats it to the picosecond") {
  const sim::Fidelity fidelity = GENERATE(sim::Fidelity::bulk, sim::Fidelity::exact);
  const base::TimePs gap = GENERATE(50'000, 400'000);  // far above what one channel serves, and far below
  const DramConfig config = part("lpddr5_6400");
  const std::vector<Burst> bursts = mix(300, gap);
  const Replay once = replay(fidelity, config, bursts, 0);
  const Replay again = replay_self_timed(fidelity, config, bursts, once.curves, 0);
  CHECK(again.curves == once.curves);
  CHECK(again.counts.activates == once.counts.activates);
}

TEST_CASE("latency of a slower part adds up over bursts that wait for one another") {
  const sim::Fidelity fidelity = GENERATE(sim::Fidelity::bulk, sim::Fidelity::exact);
  DramConfig fast = part("lpddr5_6400");
  fast.refresh.policy = RefreshPolicy::none;
  DramConfig slow = fast;
  slow.timing.read_latency = 17 + 16;  // cycles; the part has 17
  constexpr int kBursts = 200;
  std::vector<Burst> bursts;  // one access each, long after the one before
  for (int i = 0; i < kBursts; ++i)
    bursts.push_back({.address = static_cast<std::uint64_t>(i) * 8192, .bytes = 32, .arrival = i * 300'000});
  for (Burst& burst : bursts) burst.last_arrival = burst.arrival;
  const Replay run = replay(fidelity, fast, bursts, 0);
  const auto later = [&](const Replay& other) { return static_cast<double>(other.end - run.end); };
  constexpr double kMore = 16 * 1250;  // ps
  CHECK_THAT(later(replay(fidelity, slow, bursts, 0)), WithinAbs(kMore, 1250));
  CHECK_THAT(later(replay_self_timed(fidelity, slow, bursts, run.curves, 0)),
             WithinRel(kMore * kBursts, 0.01));
}
