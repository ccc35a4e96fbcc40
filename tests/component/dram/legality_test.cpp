// SPDX-License-Identifier: MIT
// Every command log must satisfy an independent checker, and the checker must notice every dropped
// constraint.
#include <functional>
#include <string>

#include "dram/command_checker.h"
#include "dram/pattern.h"
#include "part.h"
#include "support/catch.h"

using namespace kiln;
using namespace kiln::dram;

namespace {

/// Runs `requests` of a pattern, `gap` cycles apart (0: as fast as accepted), and returns the checker.
CommandChecker run(const DramConfig& config, const TimingTable& timing, const DramConfig& rules,
                   Pattern pattern, WalkMapping mapping, int requests, Cycle gap = 0) {
  CommandChecker checker(rules);
  ExactChannel channel(config, timing);
  channel.log_to(&checker);
  PatternSource source(pattern, mapping, config.organisation);
  const OrganisationConfig& o = config.organisation;
  for (int i = 0; i < requests; ++i) {
    const PatternRequest r = source.next();
    const Access access = access_at(o, r.at, r.write, static_cast<std::uint64_t>(i));
    while (channel.now() < i * gap) channel.step(i * gap);
    while (!channel.can_accept(access)) channel.step(channel.accept_again());
    channel.accept(access, channel.now(), channel.now());
  }
  while (!channel.complete()) channel.step(kNeverCycle);
  checker.finish(channel.now());
  return checker;
}

CommandChecker run(const DramConfig& config, Pattern pattern, WalkMapping mapping, int requests,
                   Cycle gap = 0) {
  return run(config, resolve(config, config.clock_hz, config.refresh.rate), config, pattern, mapping,
             requests, gap);
}

std::string first(const CommandChecker& checker) {
  return checker.violations().empty() ? "none" : checker.violations().front().text;
}

constexpr Pattern kAll[] = {
    Pattern::seq_read,  Pattern::seq_write,  Pattern::mix21_same, Pattern::mix21_pc,   Pattern::mix21_two,
    Pattern::pp_1_1,    Pattern::pp_16_16,   Pattern::rand_read,  Pattern::rand_write, Pattern::rand_mix21,
    Pattern::conf_read, Pattern::conf_write, Pattern::conf2_read};

}  // namespace

TEST_CASE("No command breaks a timing, for any pattern, standard and policy") {
  const std::string file = GENERATE(
      "configs/parts/dram/hbm2e_3200.yaml", "configs/parts/dram/hbm2_2000.yaml",
      "configs/parts/dram/lpddr5_6400.yaml", "configs/parts/dram/lpddr4_4266.yaml",
      "configs/parts/dram/ddr4_3200.yaml", "tests/reference/dram/ramulator-hbm2_2000_PerBank.yaml",
      "tests/reference/dram/ramulator-lpddr5_6400_AllBank.yaml",
      "tests/reference/dram/dramsim3-LPDDR4_8Gb_x16_2400.yaml", "tests/reference/dram/dramsim3-HBM2_1ch.yaml",
      "tests/reference/dram/dramsys-lpddr4_3200-PerBank.yaml",
      "tests/reference/dram/dramsys-hbm2_2000-grp.yaml");
  DramConfig config = load(file);
  config.organisation.channels = 1;
  for (const Pattern pattern : kAll)
    for (const WalkMapping mapping : {WalkMapping::B, WalkMapping::R, WalkMapping::I}) {
      const CommandChecker checker = run(config, pattern, mapping, 1500);
      INFO(file << ", pattern " << static_cast<int>(pattern) << ", " << first(checker));
      CHECK(checker.commands() > 1000);
      CHECK(checker.violations().empty());
    }
}

TEST_CASE("Page policies, ranks, direction scopes and low-power states keep the timings too") {
  DramConfig config = load("configs/parts/dram/ddr4_3200.yaml");
  const std::string variant = GENERATE("closed", "timeout", "two ranks", "by pseudo-channel", "power-down",
                                       "self-refresh", "hot", "inline ECC");
  Cycle gap = 0;
  if (variant == "closed") config.controller.page = PagePolicy::closed;
  if (variant == "timeout") {
    config.controller.page = PagePolicy::timeout;
    config.controller.page_timeout = 60;
    gap = 90;
  }
  if (variant == "two ranks") {
    config.organisation.ranks = 2;
    config.organisation.mapping = {"ra", "bg", "col", "ba", "row"};
  }
  if (variant == "by pseudo-channel") {
    config = load("configs/parts/dram/hbm2e_3200.yaml");
    config.organisation.channels = 1;
    config.controller.direction_scope = DirectionScope::pseudo_channel;
  }
  if (variant == "power-down" || variant == "self-refresh") {
    config.power_states = {.enabled = true, .power_down_after = 30, .self_refresh_after = 2000};
    gap = variant == "power-down" ? 400 : 20000;
  }
  if (variant == "hot") config.refresh.rate = 4;
  if (variant == "inline ECC") config.ecc.kind = EccKind::inline_code;
  for (const Pattern pattern :
       {Pattern::mix21_two, Pattern::rand_mix21, Pattern::conf_read, Pattern::pp_16_16}) {
    const CommandChecker checker = run(config, pattern, WalkMapping::B, 1000, gap);
    INFO(variant << ", " << first(checker));
    CHECK(checker.violations().empty());
  }
}

TEST_CASE("An idle channel sleeps, wakes for refresh and requests, and pays the exit") {
  DramConfig config = part("lpddr4_4266");
  config.refresh.policy = RefreshPolicy::all_bank;
  constexpr int kRequests = 200;
  struct Outcome {
    CommandCounts counts;
    double latency;
    Cycle end;
  };
  const auto paced = [&](bool sleeps, Cycle gap) {
    config.power_states = {.enabled = sleeps, .power_down_after = 30, .self_refresh_after = 20000};
    CommandChecker checker(config);
    ExactChannel channel(config);
    channel.log_to(&checker);
    PatternSource source(Pattern::rand_read, WalkMapping::B, config.organisation);
    for (int i = 0; i < kRequests; ++i) {
      const PatternRequest r = source.next();
      while (channel.step(i * gap) != kNeverCycle) {
      }
      channel.accept(access_at(config.organisation, r.at, r.write, static_cast<std::uint64_t>(i)), i * gap,
                     i * gap);
    }
    while (!channel.complete()) channel.step(kNeverCycle);
    checker.finish(channel.now());
    INFO(first(checker));
    CHECK(checker.violations().empty());
    const LatencyStats& latency = channel.latency();
    return Outcome{channel.counts(channel.now()), latency.sum / static_cast<double>(latency.reads),
                   channel.now()};
  };
  const TimingTable timing = resolve(config, config.clock_hz, config.refresh.rate);
  const auto subs =
      static_cast<std::uint64_t>(config.organisation.ranks * config.organisation.pseudo_channels);
  const auto seconds = [&](Cycle cycles) {
    return static_cast<double>(cycles * static_cast<Cycle>(subs)) / config.clock_hz;
  };

  const Outcome awake = paced(false, 2000), dozing = paced(true, 2000), asleep = paced(true, 100000);
  CHECK(awake.counts.power_down_entries == 0);
  CHECK(dozing.counts.power_down_entries >= (kRequests - 1) * subs);
  CHECK(dozing.counts.self_refresh_entries == 0);
  // Requests find the clock off and rows closed that were open awake.
  CHECK(dozing.latency > awake.latency);
  CHECK(dozing.latency <= awake.latency + static_cast<double>(timing.power_down_exit) +
                              cycles_at(config, config.clock_hz).tRCDRD);
  CHECK(dozing.counts.power_down_s > 0.8 * seconds(dozing.end));
  CHECK_THAT(static_cast<double>(dozing.counts.refreshes_all_bank),
             Catch::Matchers::WithinAbs(static_cast<double>(awake.counts.refreshes_all_bank),
                                        2.0 * static_cast<double>(subs)));

  CHECK(asleep.counts.self_refresh_entries == (kRequests - 1) * subs);
  CHECK(asleep.counts.self_refresh_s > 0.75 * seconds(asleep.end));
  CHECK(asleep.counts.power_down_s + asleep.counts.self_refresh_s + asleep.counts.active_standby_s <
        seconds(asleep.end));
}

namespace {

template <auto kMember>
void set(TimingConfig& timing, int cycles) {
  timing.*kMember = cycles;
}

/// A constraint made binding in the rules and left out of the engine.
struct Fault {
  const char* rule;
  void (*set)(TimingConfig&, int cycles);
  int strict;
  Pattern pattern;
  WalkMapping mapping;
  bool per_bank = false;
};

}  // namespace

TEST_CASE("The checker notices every constraint that is left out") {
  const Fault fault = GENERATE(
      Fault{"tRC", set<&TimingConfig::tRC>, 200, Pattern::conf_read, WalkMapping::B},
      Fault{"tRRD_L", set<&TimingConfig::tRRD_L>, 40, Pattern::rand_read, WalkMapping::R},
      Fault{"tRRD_S", set<&TimingConfig::tRRD_S>, 40, Pattern::rand_read, WalkMapping::R},
      Fault{"tFAW", set<&TimingConfig::tFAW>, 200, Pattern::rand_read, WalkMapping::R},
      Fault{"tRCDRD", set<&TimingConfig::tRCDRD>, 40, Pattern::rand_read, WalkMapping::R},
      Fault{"tRCDWR", set<&TimingConfig::tRCDWR>, 40, Pattern::rand_write, WalkMapping::R},
      Fault{"tRAS", set<&TimingConfig::tRAS>, 150, Pattern::conf_read, WalkMapping::B},
      Fault{"tRP", set<&TimingConfig::tRP>, 60, Pattern::conf_read, WalkMapping::B},
      Fault{"tRPab", set<&TimingConfig::tRPab>, 60, Pattern::seq_read, WalkMapping::B},
      Fault{"tRTP", set<&TimingConfig::tRTP>, 90, Pattern::conf_read, WalkMapping::B},
      Fault{"tWR", set<&TimingConfig::tWR>, 90, Pattern::conf_write, WalkMapping::B},
      Fault{"tPPD", set<&TimingConfig::tPPD>, 30, Pattern::rand_read, WalkMapping::R},
      Fault{"tCCD_S", set<&TimingConfig::tCCD_S>, 9, Pattern::seq_read, WalkMapping::B},
      Fault{"tCCD_L", set<&TimingConfig::tCCD_L>, 12, Pattern::seq_write, WalkMapping::R},
      Fault{"tRTW", set<&TimingConfig::tRTW>, 60, Pattern::pp_16_16, WalkMapping::B},
      Fault{"tWTR_S", set<&TimingConfig::tWTR_S>, 60, Pattern::pp_16_16, WalkMapping::B},
      Fault{"tWTR_L", set<&TimingConfig::tWTR_L>, 60, Pattern::pp_16_16, WalkMapping::R},
      Fault{"tRFCab", set<&TimingConfig::tRFCab>, 900, Pattern::seq_read, WalkMapping::B},
      Fault{"tRFCpb", set<&TimingConfig::tRFCpb>, 900, Pattern::seq_read, WalkMapping::I, true},
      Fault{"tRREFD", set<&TimingConfig::tRREFD>, 60, Pattern::rand_read, WalkMapping::R, true},
      Fault{"tPBR2PBR", set<&TimingConfig::tPBR2PBR>, 118, Pattern::rand_read, WalkMapping::R, true});
  DramConfig lax = load("tests/reference/dram/ramulator-hbm2_2000_AllBank.yaml");
  if (fault.per_bank) {
    lax.refresh.policy = RefreshPolicy::per_bank;
    lax.refresh.blocking = RefreshBlocking::target;
    lax.refresh.start = RefreshStart::spread;
    lax.timing.tREFIpb = 122;
  }
  DramConfig strict = lax;
  // Kept legal as a whole: the same-group constraint is never the shorter one.
  const std::string rule = fault.rule;
  fault.set(lax.timing, 1);
  if (rule == "tCCD_L") lax.timing.tCCD_L = lax.timing.tCCD_S;
  if (rule == "tCCD_S") lax.timing.tCCD_S = lax.timing.burst;
  if (rule == "tRRD_S") lax.timing.tRRD_L = 1;
  fault.set(strict.timing, fault.strict);
  strict.timing.tCCD_L = std::max(strict.timing.tCCD_L, strict.timing.tCCD_S);
  if (rule == "tRRD_S") strict.timing.tRRD_L = fault.strict;
  const int requests = 6000;
  const CommandChecker honest = run(strict, fault.pattern, fault.mapping, requests);
  INFO(fault.rule << ": " << first(honest));
  CHECK(honest.violations().empty());
  const CommandChecker faulty =
      run(lax, resolve(lax, lax.clock_hz), strict, fault.pattern, fault.mapping, requests);
  bool noticed = false;
  for (const Violation& violation : faulty.violations()) noticed = noticed || violation.rule == fault.rule;
  CHECK(noticed);
}

TEST_CASE("The checker notices state, bus, window and low-power errors") {
  DramConfig config = load("tests/reference/dram/ramulator-lpddr5_6400_AllBank.yaml");
  const auto check = [&](const std::string& rule, const std::function<void(CommandChecker&)>& feed) {
    CommandChecker checker(config);
    feed(checker);
    bool noticed = false;
    for (const Violation& violation : checker.violations()) noticed = noticed || violation.rule == rule;
    INFO(rule);
    CHECK(noticed);
  };
  check("state", [](CommandChecker& c) { c.on_command(100, Command::read, 0, 0, 5, 0); });
  check("state", [](CommandChecker& c) {
    c.on_command(100, Command::activate, 0, 0, 5, -1);
    c.on_command(200, Command::activate, 0, 0, 6, -1);
  });
  check("state", [](CommandChecker& c) {
    c.on_command(100, Command::activate, 0, 0, 5, -1);
    c.on_command(400, Command::refresh_all, 0, -1, -1, -1);
  });
  check("tAAD", [](CommandChecker& c) {
    c.on_command(100, Command::activate, 0, 0, 5, -1);
    c.on_command(109, Command::activate2, 0, 0, 5, -1);
  });
  check("bus", [](CommandChecker& c) {
    c.on_command(100, Command::activate, 0, 0, 5, -1);
    c.on_command(100, Command::precharge, 0, 1, -1, -1);
  });
  check("wck", [](CommandChecker& c) {
    c.on_command(100, Command::activate, 0, 0, 5, -1);
    c.on_command(101, Command::activate2, 0, 0, 5, -1);
    c.on_command(120, Command::read, 0, 0, 5, 0);
  });
  check("tXP", [](CommandChecker& c) {
    c.on_command(100, Command::power_down_enter, 0, -1, -1, -1);
    c.on_command(200, Command::power_down_exit, 0, -1, -1, -1);
    c.on_command(202, Command::activate, 0, 0, 5, -1);
  });
  check("tXS", [](CommandChecker& c) {
    c.on_command(100, Command::self_refresh_enter, 0, -1, -1, -1);
    c.on_command(500, Command::self_refresh_exit, 0, -1, -1, -1);
    c.on_command(520, Command::activate, 0, 0, 5, -1);
  });
  check("tCKE", [](CommandChecker& c) {
    c.on_command(100, Command::power_down_enter, 0, -1, -1, -1);
    c.on_command(101, Command::power_down_exit, 0, -1, -1, -1);
  });
  check("refresh", [](CommandChecker& c) { c.finish(1000000); });
}
