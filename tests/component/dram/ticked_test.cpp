// SPDX-License-Identifier: MIT
// The event-driven engine against a controller that looks at every cycle: the same commands in the same
// cycles.
#include <string>

#include "base/rng.h"
#include "part.h"
#include "support/catch.h"
#include "ticked_channel.h"

using namespace kiln;
using namespace kiln::dram;

namespace {

constexpr int kSeeds = 4;

/// A few streams and random accesses among each other, some of them after a pause.
std::vector<TimedAccess> mix(const DramConfig& config, base::Rng& rng, int count) {
  const OrganisationConfig& o = config.organisation;
  const int banks = o.pseudo_channels * o.ranks * o.bank_groups * o.banks_per_group;
  const double writes = rng.uniform() * 0.6, streamed = rng.uniform(), paused = rng.uniform() * 0.1;
  struct Stream {
    int bank, row, column;
    bool write;
  };
  std::vector<Stream> streams(4);
  const auto pick = [&](int n) { return static_cast<int>(rng.below(static_cast<std::uint64_t>(n))); };
  for (Stream& s : streams) s = {pick(banks), pick(4), 0, rng.uniform() < writes};
  std::vector<TimedAccess> accesses;
  Cycle due = 0;
  for (int i = 0; i < count; ++i) {
    Stream& s = streams[static_cast<std::size_t>(pick(4))];
    Access access{
        .bank = pick(banks), .row = pick(4), .column = pick(o.columns), .write = rng.uniform() < writes};
    if (rng.uniform() < streamed) {
      access = {.bank = s.bank, .row = s.row, .column = s.column, .write = s.write};
      s.bank = (s.bank + o.banks_per_group) % banks;
      if (s.bank < o.banks_per_group && ++s.column == o.columns) s.column = 0;
    }
    if (rng.uniform() < paused) due += pick(120);
    access.id = static_cast<std::uint64_t>(i);
    accesses.push_back({access, due});
  }
  return accesses;
}

Cycle run_exact(ExactChannel& channel, const std::vector<TimedAccess>& accesses) {
  std::size_t next = 0;
  while (next < accesses.size() || !channel.complete()) {
    while (next < accesses.size() && accesses[next].due <= channel.now() &&
           channel.can_accept(accesses[next].access)) {
      channel.accept(accesses[next].access, channel.now(), channel.now());
      ++next;
    }
    if (next == accesses.size() && channel.complete()) break;
    const bool later = next < accesses.size() && accesses[next].due > channel.now();
    channel.step(later ? accesses[next].due : kNeverCycle);
  }
  return channel.last_completion();
}

std::string text(const LoggedCommand& c) {
  return fmt::format("{} {} sub {} bank {} row {} column {}", c.at, name(c.command), c.sub, c.bank, c.row,
                     c.column);
}

void compare(const DramConfig& config, const std::vector<TimedAccess>& accesses) {
  ExactChannel exact(config);
  CommandLog log;
  exact.log_to(&log);
  const Cycle end = run_exact(exact, accesses);
  TickedChannel ticked(config);
  const Cycle ticked_end = ticked.run(accesses);
  const auto& expected = ticked.log();
  const std::size_t common = std::min(expected.size(), log.commands.size());
  for (std::size_t i = 0; i < common; ++i) {
    INFO("command " << i << ": exact " << text(log.commands[i]) << ", ticked " << text(expected[i]));
    REQUIRE(log.commands[i] == expected[i]);
  }
  CHECK(common > accesses.size() / 2);
  CHECK(end == ticked_end);
  CHECK(exact.latency().sum == ticked.read_latency_sum());
}

void vary(DramConfig& config, const std::string& variant) {
  ControllerConfig& c = config.controller;
  if (variant == "as shipped") return;
  c.read_queue = c.write_queue = 16;
  c.read_batch = c.write_batch = 8;
  if (variant == "ready, released at activate") {
    c.arbitration = Arbitration::oldest_ready;
    c.slot_release = SlotRelease::activate;
  }
  if (variant == "closed") c.page = PagePolicy::closed;
  if (variant == "closed, per bank") {
    c.page = PagePolicy::closed;
    config.refresh.policy = RefreshPolicy::per_bank;
    config.refresh.blocking = RefreshBlocking::target;
  }
  if (variant == "row limit, all bank, blocking") {
    c.row_hit_limit = 4;
    config.refresh.policy = RefreshPolicy::all_bank;
    config.refresh.blocking = RefreshBlocking::channel;
    config.refresh.rate = 2;
  }
  if (variant == "by pseudo-channel, spread, per bank") {
    c.direction_scope = DirectionScope::pseudo_channel;
    config.refresh.policy = RefreshPolicy::per_bank;
    config.refresh.blocking = RefreshBlocking::target;
    config.refresh.start = RefreshStart::spread;
    config.refresh.choice = RefreshChoice::idle_first;
    c.slot_release = SlotRelease::activate;
  }
  if (variant == "two ranks") {
    config.organisation.ranks = 2;
    config.refresh.blocking = RefreshBlocking::target;
    config.refresh.precharge_all = false;
  }
}

}  // namespace

TEST_CASE("Exact issues the commands a cycle-by-cycle controller issues, in the same cycles") {
  const std::string name = GENERATE("hbm2e_3200", "hbm2_2000", "lpddr5_6400", "lpddr4_3200", "ddr4_3200");
  const std::string variant =
      GENERATE("as shipped", "ready, released at activate", "closed", "closed, per bank",
               "row limit, all bank, blocking", "by pseudo-channel, spread, per bank", "two ranks");
  DramConfig config = part(name);
  vary(config, variant);
  for (int seed = 0; seed < kSeeds; ++seed) {
    base::Rng rng(static_cast<std::uint64_t>(seed), "dram", "ticked");
    INFO(name << ", " << variant << ", seed " << seed);
    compare(config, mix(config, rng, 600));
  }
}
