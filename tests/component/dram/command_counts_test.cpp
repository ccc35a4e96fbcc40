// SPDX-License-Identifier: MIT
// What a channel says it did: its command log and its counters are the same, and a read that a waiting write
// serves is not free.
#include <map>

#include "dram/exact_channel.h"
#include "dram/pattern.h"
#include "part.h"
#include "support/catch.h"

using namespace kiln;
using namespace kiln::dram;

namespace {

class Tally final : public CommandSink {
 public:
  void on_command(Cycle /*at*/, Command command, int /*sub*/, int /*bank*/, int /*row*/,
                  int /*column*/) override {
    ++counts_[command];
  }
  std::uint64_t of(Command command) const {
    const auto found = counts_.find(command);
    return found == counts_.end() ? 0 : found->second;
  }

 private:
  std::map<Command, std::uint64_t> counts_;
};

void serve(ExactChannel& channel, const OrganisationConfig& organisation, Cycle gap) {
  PatternSource source(Pattern::rand_mix21, WalkMapping::B, organisation);
  for (int i = 0; i < 1500; ++i) {
    const PatternRequest request = source.next();
    const Access access = access_at(organisation, request.at, request.write, static_cast<std::uint64_t>(i));
    while (channel.now() < i * gap) channel.step(i * gap);
    while (!channel.can_accept(access)) channel.step(channel.accept_again());
    channel.accept(access, channel.now(), channel.now());
  }
  channel.end_input();
  while (!channel.complete() || channel.pending_writes() > 0) channel.step(kNeverCycle);
}

}  // namespace

TEST_CASE("the command log has as many commands of each kind as were counted") {
  DramConfig config = part(GENERATE("hbm2_2000", "ddr4_3200", "lpddr4_4266", "lpddr5x_8533"));
  const std::string variant =
      GENERATE("as shipped", "closed", "timeout", "inline ECC", "scrubbed", "asleep", "per bank");
  Cycle gap = 0;
  if (variant == "closed") config.controller.page = PagePolicy::closed;
  if (variant == "timeout") config.controller.page = PagePolicy::timeout;
  if (variant == "inline ECC") config.ecc.kind = EccKind::inline_code;
  if (variant == "scrubbed") config.ecc = {.kind = EccKind::side_band, .scrub_interval_s = 3};
  if (variant == "asleep") {
    config.power_states = {.enabled = true, .power_down_after = 30, .self_refresh_after = 300};
    gap = 600;
  }
  if (variant == "per bank" && config.standard != Standard::ddr4)
    config.refresh.policy = RefreshPolicy::per_bank;
  Tally log;
  ExactChannel channel(config);
  channel.log_to(&log);
  serve(channel, config.organisation, gap);

  const CommandCounts counts = channel.counts(channel.now());
  INFO(config.name << ", " << variant);
  CHECK(log.of(Command::activate) == counts.activates);
  CHECK(log.of(Command::precharge) + log.of(Command::read_precharge) + log.of(Command::write_precharge) ==
        counts.precharges);
  CHECK(log.of(Command::precharge_all) == counts.precharges_all);
  CHECK(log.of(Command::read) + log.of(Command::read_precharge) + log.of(Command::write) +
            log.of(Command::write_precharge) ==
        counts.accesses() + counts.check_accesses);
  CHECK(log.of(Command::refresh_all) == counts.refreshes_all_bank);
  CHECK(log.of(Command::refresh_bank) == counts.refreshes_per_bank);
  CHECK(log.of(Command::power_down_enter) == counts.power_down_entries);
  CHECK(log.of(Command::self_refresh_enter) == counts.self_refresh_entries);
  CHECK(counts.reads + counts.writes + channel.forwarded_reads() == 1500);
}

TEST_CASE("a read that a waiting write serves pays the controller's cycles both ways") {
  DramConfig config = part("ddr4_3200");
  config.controller.request_cycles = 5;
  config.controller.response_cycles = 7;
  ExactChannel channel(config);
  Access access{.id = 0, .bank = 3, .row = 11, .column = 2, .write = true};
  channel.accept(access, 0, 0);
  access.write = false;
  access.id = 1;
  channel.accept(access, 0, 0);
  CHECK(channel.forwarded_reads() == 1);
  CHECK(channel.latency().least == 12);
}
