// SPDX-License-Identifier: MIT
// Refreshes of idle stretches in closed form: the channel goes on as if it had visited every one.
#include <string>

#include "base/rng.h"
#include "dram/exact_channel.h"
#include "part.h"
#include "support/catch.h"

using namespace kiln;
using namespace kiln::dram;

namespace {

/// A log that keeps nothing makes the channel visit every refresh.
class NoLog : public CommandSink {
 public:
  void on_command(Cycle, Command, int, int, int, int) override {}
};

struct Run {
  std::vector<Completion> completions;
  CommandCounts counts;
  Cycle now = 0;
};

/// Bursts of random accesses with pauses of any length up to `longest` between them.
Run run(const DramConfig& config, int seed, Cycle longest, bool visits) {
  base::Rng rng(static_cast<std::uint64_t>(seed), "dram", "rest");
  const auto pick = [&](int n) { return static_cast<int>(rng.below(static_cast<std::uint64_t>(n))); };
  NoLog log;
  ExactChannel channel(config);
  if (visits) channel.log_to(&log);
  Run result;
  channel.report_completions(&result.completions);
  std::uint64_t id = 0;
  for (int burst = 0; burst < 12; ++burst) {
    for (int i = pick(40); i >= 0; --i) {
      const Access access{.id = id++, .bank = pick(4), .row = pick(3), .column = 0, .write = pick(3) == 0};
      while (!channel.can_accept(access)) channel.step(channel.accept_again());
      channel.accept(access, channel.now(), channel.now());
    }
    while (!channel.complete()) channel.step(kNeverCycle);
    const double share = rng.uniform();
    const Cycle until = channel.now() + static_cast<Cycle>(share * share * static_cast<double>(longest));
    while (channel.step(until) != kNeverCycle) {
    }
    if (burst == 7) channel.set_refresh_rate(2);
  }
  result.counts = channel.counts(channel.now());
  result.now = channel.now();
  return result;
}

void check_equal(const Run& skipped, const Run& visited) {
  CHECK(skipped.now == visited.now);
  CHECK(skipped.counts.refreshes_all_bank == visited.counts.refreshes_all_bank);
  CHECK(skipped.counts.refreshes_per_bank == visited.counts.refreshes_per_bank);
  CHECK(skipped.counts.activates == visited.counts.activates);
  CHECK(skipped.counts.precharges == visited.counts.precharges);
  CHECK(skipped.counts.precharges_all == visited.counts.precharges_all);
  CHECK(skipped.counts.active_standby_s == visited.counts.active_standby_s);
  REQUIRE(skipped.completions.size() == visited.completions.size());
  for (std::size_t i = 0; i < visited.completions.size(); ++i)
    REQUIRE(skipped.completions[i].at == visited.completions[i].at);
}

}  // namespace

TEST_CASE("Refreshes skipped in an idle stretch leave the channel as if it had visited them") {
  const std::string name = GENERATE("hbm2_2000_b", "hbm2e_3200", "lpddr4_4266", "lpddr5x_8533", "ddr4_3200");
  const auto policy = GENERATE(RefreshPolicy::all_bank, RefreshPolicy::per_bank);
  const auto start = GENERATE(RefreshStart::together, RefreshStart::spread);
  const auto choice = GENERATE(RefreshChoice::round_robin, RefreshChoice::idle_first);
  DramConfig config = part(name);
  config.refresh.policy = policy;
  config.refresh.start = start;
  config.refresh.choice = choice;
  if (name == "ddr4_3200") {
    if (policy == RefreshPolicy::per_bank) return;  // DDR4 has none
    config.organisation.ranks = 2;
    config.organisation.mapping = {"ra", "bg", "col", "ba", "row"};
  }
  for (int seed = 0; seed < 6; ++seed) {
    const Cycle longest = seed % 2 == 0 ? 40 * cycles_at(config, config.clock_hz).tREFI : 500000;
    INFO(name << ", policy " << static_cast<int>(policy) << ", start " << static_cast<int>(start)
              << ", choice " << static_cast<int>(choice) << ", seed " << seed);
    check_equal(run(config, seed, longest, false), run(config, seed, longest, true));
  }
}

TEST_CASE("Refreshes too fast to end before the next are visited, and so are closed pages and bank queues") {
  DramConfig config = part("hbm2_2000");
  const std::string variant = GENERATE("fast", "round robin", "by bank", "closed", "long");
  if (variant == "fast") {
    config.refresh.policy = RefreshPolicy::per_bank;
    config.refresh.rate = 8;
  }
  if (variant == "round robin") {
    config.controller.queue = QueueKind::two_stage;
    config.controller.arbitration = Arbitration::round_robin;
    config.controller.eager_drain = 1;
  }
  if (variant == "by bank") config.controller.queue = QueueKind::bank;
  if (variant == "closed") config.controller.page = PagePolicy::closed;
  if (variant == "long") {
    config.refresh.start = RefreshStart::spread;
    config.refresh.blocking = RefreshBlocking::target;
    config.timing.tRFCab =
        cycles_at(config, config.clock_hz).tREFI * 3 / 8;  // three quarters after the change of rate
  }
  for (int seed = 10; seed < 14; ++seed) {
    INFO(variant << ", seed " << seed);
    check_equal(run(config, seed, 300000, false), run(config, seed, 300000, true));
  }
}

TEST_CASE("A day of idleness is free, and every refresh of it is counted") {
  for (const auto policy : {RefreshPolicy::all_bank, RefreshPolicy::per_bank}) {
    DramConfig config = part("hbm2e_3200");
    config.refresh.policy = policy;
    ExactChannel channel(config);
    const Cycle end = 86400 * static_cast<Cycle>(config.clock_hz);
    int visits = 0;
    while (channel.step(end) != kNeverCycle) ++visits;
    CHECK(visits < 1000);
    const CommandCounts counts = channel.counts(end);
    const TimingTable timing = resolve(config, config.clock_hz, config.refresh.rate);
    const auto subs = static_cast<Cycle>(config.organisation.pseudo_channels);
    if (policy == RefreshPolicy::all_bank)
      CHECK(static_cast<Cycle>(counts.refreshes_all_bank) == end / timing.refresh_interval * subs);
    else
      CHECK(static_cast<Cycle>(counts.refreshes_per_bank) == end / (timing.refresh_bank_interval / subs));
  }
}
