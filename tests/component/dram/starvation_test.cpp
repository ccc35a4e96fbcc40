// SPDX-License-Identifier: MIT
// A channel that serves nobody any more says so instead of refreshing for ever, and low marks starve nobody.
#include "base/error.h"
#include "dram/exact_channel.h"
#include "dram/replay.h"
#include "part.h"
#include "support/catch.h"

using namespace kiln;
using namespace kiln::testing;
using namespace kiln::dram;

namespace {

/// Reads and writes that arrive together.
std::vector<Burst> mixed(int count) {
  std::vector<Burst> bursts;
  for (int i = 0; i < count; ++i) {
    Burst burst;
    burst.address = static_cast<std::uint64_t>(i) * 4096;
    burst.bytes = 1024;
    burst.write = i % 2 == 0;
    bursts.push_back(burst);
  }
  return bursts;
}

/// A few writes wait for company that never comes: `eager_drain` holds them and nobody ends the input.
DramConfig waits_for_company(RefreshPolicy refresh) {
  DramConfig config = part("hbm2e_3200");
  config.refresh.policy = refresh;
  config.controller.queue = QueueKind::two_stage;
  config.controller.direction = DirectionPolicy::drain_when_full;
  config.controller.write_completion = WriteCompletion::written;
  config.controller.eager_drain = 8;
  return config;
}

}  // namespace

TEST_CASE("reads that wait get their turn when the low mark is 0") {
  DramConfig config = part("hbm2e_3200");
  config.controller.write_low = 0;
  const std::vector<Burst> bursts = mixed(200);
  const Replay run = replay(sim::Fidelity::exact, config, bursts, 0);
  CHECK(run.counts.reads == 200 / 2 * 1024 / 32);
  for (const Curve& curve : run.curves) CHECK(curve.last > 0);
}

TEST_CASE("a starved channel ends with its state, refreshed or not") {
  for (const RefreshPolicy refresh : {RefreshPolicy::none, RefreshPolicy::all_bank}) {
    const DramConfig config = waits_for_company(refresh);
    ExactChannel channel(config);
    channel.accept({.id = 0, .bank = 1, .row = 2, .column = 0, .write = true}, 0, 0);
    try {
      while (!channel.complete()) channel.step(kNeverCycle);
      FAIL("the write was served");
    } catch (const base::SimError& error) {
      CHECK_THAT(error.what(), contains("no request was served since cycle 0"));
      CHECK_THAT(error.what(), contains("0 and 1 before the queues"));
    }
  }
}

TEST_CASE("the end of the input lets the last writes go") {
  ExactChannel channel(waits_for_company(RefreshPolicy::all_bank));
  channel.accept({.id = 0, .bank = 1, .row = 2, .column = 0, .write = true}, 0, 0);
  channel.end_input();
  while (!channel.complete()) channel.step(kNeverCycle);
  CHECK(channel.pending_writes() == 0);
}

TEST_CASE("a replay ends its input, so writes that wait for company are served") {
  const std::vector<Burst> bursts = mixed(3);
  const Replay run = replay(sim::Fidelity::exact, waits_for_company(RefreshPolicy::all_bank), bursts, 0);
  CHECK(run.counts.writes > 0);
}

TEST_CASE("an idle channel may rest however long between requests") {
  ExactChannel channel(part("hbm2e_3200"));
  constexpr Cycle kLater = Cycle{1} << 36;
  while (channel.step(kLater) != kNeverCycle) {
  }
  channel.accept({.id = 0, .bank = 1, .row = 2, .column = 0, .write = false}, kLater, kLater);
  while (!channel.complete()) channel.step(kNeverCycle);
  CHECK(channel.latency().reads == 1);
}
