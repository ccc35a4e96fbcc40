// SPDX-License-Identifier: MIT
// One contract for both engines of a memory channel, held while bursts come in as in a running chip.
#include "dram/memory_engine.h"

#include <array>

#include "driver.h"
#include "part.h"
#include "support/catch.h"

using namespace kiln;
using namespace kiln::dram;

TEST_CASE("every access of every burst is done once, by both engines on every part") {
  const sim::Fidelity fidelity = GENERATE(sim::Fidelity::bulk, sim::Fidelity::exact);
  const std::string name = GENERATE("hbm2e_3200", "lpddr5x_8533", "lpddr4_3200", "ddr4_3200");
  INFO(name << " " << config::enum_name(fidelity));
  const DramConfig config = part(name);
  const auto engine = make_memory_engine(fidelity, config, 0);
  Driver driver(*engine, config, {});
  driver.run([](base::TimePs) {});
  check_all_done(*engine, driver, 400);
  // Event driven: an engine is asked again a few times per burst, not once per cycle.
  CHECK(driver.looks < 20 * 400);
}

TEST_CASE("a clock change in the middle of bursts stalls both engines alike and loses nothing") {
  const std::string name = GENERATE("hbm2e_3200", "lpddr5x_8533");
  const DramConfig config = part(name);
  std::array<base::TimePs, 2> ends{}, plain{};
  for (const sim::Fidelity fidelity : {sim::Fidelity::bulk, sim::Fidelity::exact}) {
    for (const bool changes : {false, true}) {
      const auto engine = make_memory_engine(fidelity, config, 0);
      Driver driver(*engine, config, {.share_of_peak = 1.2});
      driver.run([&](base::TimePs now) {
        if (changes) engine->set_operating(now, {config.clock_hz / 2, config.refresh.rate});
      });
      check_all_done(*engine, driver, 400);
      (changes ? ends : plain)[fidelity == sim::Fidelity::exact] = driver.end;
    }
  }
  // Half of the work at half the clock: half as long again, and the retraining.
  CHECK(static_cast<double>(ends[1]) > 1.4 * static_cast<double>(plain[1]));
  CHECK_THAT(static_cast<double>(ends[0]), Catch::Matchers::WithinRel(static_cast<double>(ends[1]), 0.03));
}

TEST_CASE("the exact engine also changes its clock with rows that are half open and requests taken early") {
  DramConfig config = part("lpddr5x_8533");
  config.controller.slot_release = SlotRelease::activate;
  const auto engine = make_memory_engine(sim::Fidelity::exact, config, 0);
  Driver driver(*engine, config, {.share_of_peak = 1.5, .bytes = 64});
  driver.run([&](base::TimePs now) {
    for (int i = 1; i <= 20; ++i) {
      const double hz = config.clock_hz / (i % 2 == 1 ? 2 : 1);
      engine->set_operating(now + i * 5'000'000, {hz, config.refresh.rate});
    }
  });
  check_all_done(*engine, driver, 400);
}

TEST_CASE("a higher refresh rate from the middle on is counted alike by both engines") {
  const DramConfig config = part("hbm2e_3200");
  std::array<std::uint64_t, 2> refreshes{};
  for (const sim::Fidelity fidelity : {sim::Fidelity::bulk, sim::Fidelity::exact}) {
    const auto engine = make_memory_engine(fidelity, config, 0);
    Driver driver(*engine, config, {.share_of_peak = 0.2});
    driver.run([&](base::TimePs now) { engine->set_operating(now, {config.clock_hz, 4}); });
    check_all_done(*engine, driver, 400);
    refreshes[fidelity == sim::Fidelity::exact] = engine->counts().refreshes_all_bank;
  }
  const double intervals = 400 * 4096 / (0.2 * peak_bytes_per_second(config, config.clock_hz)) / 3.9e-6;
  CHECK_THAT(static_cast<double>(refreshes[1]), Catch::Matchers::WithinRel(2 * intervals * 2.5, 0.05));
  CHECK_THAT(static_cast<double>(refreshes[0]),
             Catch::Matchers::WithinRel(static_cast<double>(refreshes[1]), 0.05));
}

TEST_CASE("a rate that per-bank refreshes cannot follow and the way back are counted alike by both engines") {
  const DramConfig config = part("lpddr4_4266");
  std::array<CommandCounts, 2> counts{};
  std::array<base::TimePs, 2> ends{};
  for (const sim::Fidelity fidelity : {sim::Fidelity::bulk, sim::Fidelity::exact}) {
    const auto engine = make_memory_engine(fidelity, config, 0);
    Driver driver(*engine, config, {.share_of_peak = 0.3});
    driver.run([&](base::TimePs now) {
      engine->set_operating(now, {config.clock_hz, 4});
      engine->set_operating(now + 40'000'000, {config.clock_hz, 1});
    });
    check_all_done(*engine, driver, 400);
    counts[fidelity == sim::Fidelity::exact] = engine->counts();
    ends[fidelity == sim::Fidelity::exact] = driver.end;
  }
  CHECK(counts[1].refreshes_all_bank >= 38);  // one in 0.98 us for 40 us
  CHECK(counts[1].refreshes_all_bank <= 42);
  CHECK(counts[1].refreshes_per_bank > 400);
  const auto near = [](std::uint64_t n) { return Catch::Matchers::WithinAbs(static_cast<double>(n), 5.0); };
  CHECK_THAT(static_cast<double>(counts[0].refreshes_all_bank), near(counts[1].refreshes_all_bank));
  CHECK_THAT(static_cast<double>(counts[0].refreshes_per_bank), near(counts[1].refreshes_per_bank));
  CHECK_THAT(static_cast<double>(ends[0]), Catch::Matchers::WithinRel(static_cast<double>(ends[1]), 0.02));
}

TEST_CASE("a read's data comes out in order, and none after the last") {
  const DramConfig config = part("hbm2e_3200");
  const auto engine = make_memory_engine(sim::Fidelity::exact, config, 0);
  const Ticket ticket = engine->submit({.address = 8192, .bytes = 16384});
  for (base::TimePs at = 0; !engine->final(ticket); at = engine->forecast(ticket).last) engine->settle(at);
  const Curve curve = engine->forecast(ticket);
  base::TimePs before = 0;
  for (std::uint64_t bytes = 32; bytes <= 16384; bytes += 32) {
    const base::TimePs at = engine->data_ready(ticket, bytes);
    CHECK(at >= before);
    before = at;
  }
  CHECK(before == curve.last);
  CHECK(engine->data_ready(ticket, 1) >= curve.first);
}

TEST_CASE("an idle channel sleeps at both fidelities") {
  const sim::Fidelity fidelity = GENERATE(sim::Fidelity::bulk, sim::Fidelity::exact);
  DramConfig config = part("lpddr5x_8533");
  config.power_states.enabled = true;
  const auto engine = make_memory_engine(fidelity, config, 0);
  engine->submit({.address = 0, .bytes = 4096});
  engine->settle(1'000'000'000);
  CHECK(engine->counts().self_refresh_s > 0.9e-3);
  const Ticket ticket = engine->submit({.address = 4096, .bytes = 64, .arrival = 1'000'000'000});
  while (!engine->final(ticket)) engine->settle(engine->forecast(ticket).last);
  CHECK(engine->forecast(ticket).first > 1'000'000'000 + 250'000);  // the exit takes tXS
}
