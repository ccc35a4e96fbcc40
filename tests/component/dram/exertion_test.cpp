// SPDX-License-Identifier: MIT
// What a channel says that it does in time is what it counts.
#include "dram/exertion.h"

#include <algorithm>

#include "dram/timing_table.h"
#include "driver.h"
#include "part.h"
#include "support/catch.h"

using namespace kiln;
using namespace kiln::dram;
using Catch::Matchers::WithinRel;

namespace {

struct Told {
  Exertion all;
  base::TimePs reading = 0, refreshing = 0, longest_activate = 0, shortest_activate = base::kNever;
};

Told told_by(const ExertionLog& log, base::TimePs end) {
  Told told;
  for (const Exertion& e : log) {
    CHECK(e.begin >= 0);
    CHECK(e.end > e.begin);
    CHECK(e.end < end + 2'000'000);
    const base::TimePs length = e.end - e.begin;
    told.all.activates += e.activates;
    told.all.reads += e.reads;
    told.all.writes += e.writes;
    told.all.refreshes_all_bank += e.refreshes_all_bank;
    told.all.refreshes_per_bank += e.refreshes_per_bank;
    if (e.reads > 0) told.reading += length;
    told.refreshing += length * (e.refreshes_all_bank + e.refreshes_per_bank);
    if (e.activates == 0) continue;
    told.longest_activate = std::max(told.longest_activate, length);
    told.shortest_activate = std::min(told.shortest_activate, length);
  }
  return told;
}

void check_told(const DramConfig& config, const ExertionLog& log, const CommandCounts& counts,
                base::TimePs end) {
  const Told told = told_by(log, end);
  const std::uint64_t scrubbed =
      counts.scrub_reads * static_cast<std::uint64_t>(config.organisation.access_bytes);
  const CommandCounts sum = counts_of(config, told.all);
  CHECK(sum.activates == counts.activates);
  CHECK(sum.bytes_read == counts.bytes_read + scrubbed);
  CHECK(sum.bytes_written == counts.bytes_written);
  CHECK(sum.refreshes_all_bank == counts.refreshes_all_bank);
  CHECK(sum.refreshes_per_bank == counts.refreshes_per_bank);
  // No access is faster than the bus; rows are restored for tRAS, refreshes take their tRFC.
  const double least_s =
      static_cast<double>(counts.bytes_read) / peak_bytes_per_second(config, config.clock_hz);
  CHECK(base::to_seconds(told.reading) > 0.99 * least_s);
  const TimingTable timing = resolve(config, config.clock_hz);
  const auto seconds = [&](double cycles) { return cycles / config.clock_hz; };
  CHECK_THAT(base::to_seconds(told.longest_activate), WithinRel(seconds(double(timing.act_to_pre)), 1e-3));
  CHECK_THAT(base::to_seconds(told.shortest_activate), WithinRel(seconds(double(timing.act_to_pre)), 1e-3));
  const double refresh_cycles = double(counts.refreshes_all_bank) * double(timing.refresh_to_act) +
                                double(counts.refreshes_per_bank) * double(timing.refresh_bank_to_act);
  CHECK_THAT(base::to_seconds(told.refreshing), WithinRel(seconds(refresh_cycles), 1e-3));
}

}  // namespace

TEST_CASE("a log of what a channel does adds up to its counts, in time, by both engines") {
  const sim::Fidelity fidelity = GENERATE(sim::Fidelity::bulk, sim::Fidelity::exact);
  const std::string name = GENERATE("hbm2e_3200", "lpddr5x_8533", "lpddr4_4266", "ddr4_3200");
  INFO(name << " " << config::enum_name(fidelity));
  const DramConfig config = part(name);
  const auto engine = make_memory_engine(fidelity, config, 0),
             silent = make_memory_engine(fidelity, config, 0);
  ExertionLog log;
  engine->log_to(&log);
  Driver driver(*engine, config, {}), quiet(*silent, config, {});
  driver.run([&](base::TimePs now) { engine->set_operating(now, {config.clock_hz, 2}); });
  quiet.run([&](base::TimePs now) { silent->set_operating(now, {config.clock_hz, 2}); });
  check_all_done(*engine, driver, 400);
  CHECK(driver.end == quiet.end);  // nobody notices that it is logged
  CHECK(engine->counts().refreshes_all_bank + engine->counts().refreshes_per_bank > 0);
  check_told(config, log, engine->counts(), driver.end);
}

TEST_CASE("a channel that scrubs, or sleeps between bursts, tells that, too") {
  const sim::Fidelity fidelity = GENERATE(sim::Fidelity::bulk, sim::Fidelity::exact);
  const bool scrubs = GENERATE(true, false);
  INFO(config::enum_name(fidelity) << (scrubs ? " scrubs" : " sleeps"));
  DramConfig config = part("hbm2e_3200");
  if (scrubs) {
    config.ecc.kind = EccKind::side_band;
    config.ecc.scrub_interval_s = 2;
  } else {
    config.power_states = {.enabled = true, .power_down_after = 64, .self_refresh_after = 20'000};
  }
  const auto engine = make_memory_engine(fidelity, config, 0);
  ExertionLog log;
  engine->log_to(&log);
  Driver driver(*engine, config, {.share_of_peak = scrubs ? 0.3 : 0.001});
  driver.run([](base::TimePs) {});
  check_all_done(*engine, driver, 400);
  const CommandCounts counts = engine->counts();
  CHECK((scrubs ? counts.scrub_reads : counts.self_refresh_entries) > 0);
  check_told(config, log, counts, driver.end);
  // Bursts come 80 us apart. A channel that sleeps refreshes itself from 12.5 us on, and tells no commands.
  if (scrubs) return;
  base::TimePs accessed = 0;
  std::sort(log.begin(), log.end(), [](const auto& a, const auto& b) { return a.begin < b.begin; });
  for (const Exertion& e : log) {
    if (e.reads + e.writes > 0) accessed = e.end;
    if (e.refreshes_all_bank > 0) CHECK(e.begin < accessed + 20'000'000);
  }
}

TEST_CASE("accesses that go on at one pace are one stretch, others are not") {
  const auto accesses = [](base::TimePs begin, base::TimePs end, std::int64_t reads, std::int64_t writes) {
    return Exertion{.begin = begin, .end = end, .reads = reads, .writes = writes};
  };
  ExertionLog log;
  add(log, accesses(0, 10, 2, 0));
  add(log, accesses(10, 30, 4, 0));
  REQUIRE(log.size() == 1);
  CHECK(log[0].end == 30);
  CHECK(log[0].reads == 6);
  add(log, accesses(30, 40, 4, 0));  // twice as fast
  add(log, accesses(41, 51, 4, 0));  // behind a gap
  add(log, accesses(51, 61, 0, 4));  // the other way
  CHECK(log.size() == 4);
  add(log, accesses(61, 66, 0, 2));
  REQUIRE(log.size() == 4);
  CHECK(log[3].writes == 6);
  add(log, accesses(66, 71, 0, 4));
  CHECK(log.size() == 5);
  Exertion activate = accesses(71, 90, 0, 0);
  activate.activates = 1;
  add(log, activate);
  add(log, activate);
  CHECK(log.size() == 7);
}
