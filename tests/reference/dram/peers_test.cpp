// SPDX-License-Identifier: MIT
// Every published run of the three peers, under the peer's own parameters, queues and policies.
#include <algorithm>
#include <cmath>
#include <string>

#include "base/csv.h"
#include "base/file.h"
#include "config/load.h"
#include "part/dram.h"
#include "support/catch.h"

using namespace kiln;

namespace {

const std::string kFolder = std::string(KILN_SOURCE_DIR) + "/tests/reference/dram/";

template <class E>
E named(const std::string& name) {
  for (const auto& entry : enum_names(static_cast<const E*>(nullptr)))
    if (entry.name == name) return entry.value;
  FAIL("no choice is named " << name);
  return {};
}

double percent(double measured, double published) {
  return (measured / published - 1) * 100;
}

/// Commands and turns within 2 %; a few may differ where there are few, as the last ones fall to either side
/// of the end.
void check_count(const base::CsvRow& row, const std::string& column, std::uint64_t counted) {
  constexpr double kTolerance = 0.02, kFew = 2;
  if (row.text(column).empty()) return;
  const double published = row.number(column);
  INFO(column << ": " << counted << ", published " << row.text(column));
  CHECK(std::abs(static_cast<double>(counted) - published) <= std::max(kTolerance * published, kFew));
}

void compare(const base::CsvRow& row) {
  part::DramRun run;
  run.config = config::load<dram::StandaloneConfig>(kFolder + row.text("config") + ".yaml").value;
  run.pattern = named<dram::Pattern>(row.text("pattern"));
  run.mapping = named<dram::WalkMapping>(row.text("mapping"));
  run.requests = static_cast<std::uint64_t>(row.integer("requests"));
  run.injection = part::parse_injection(row.text("injection"));
  const part::DramResult result = part::run_dram(run);
  INFO(row.text("config") << " " << row.text("pattern") << " " << row.text("mapping") << " "
                          << row.text("injection") << ": " << result.cycles << " cycles, published "
                          << row.text("cycles") << "; read latency " << result.mean_read_latency_cycles
                          << ", published " << row.text("read_latency"));
  CHECK(std::abs(percent(static_cast<double>(result.cycles), row.number("cycles"))) <=
        row.number("bandwidth_tolerance"));
  if (!row.text("latency_tolerance").empty())
    CHECK(std::abs(percent(result.mean_read_latency_cycles, row.number("read_latency"))) <=
          row.number("latency_tolerance"));
  check_count(row, "activates", result.commands.activates);
  check_count(row, "refreshes", result.commands.refreshes_all_bank + result.commands.refreshes_per_bank);
  check_count(row, "turns", result.bus_turns);
}

void compare_all(const std::string& prefix) {
  const base::CsvTable table(kFolder + "peers.csv", base::read_file(kFolder + "peers.csv"));
  int rows = 0;
  for (const base::CsvRow& row : table.rows()) {
    if (!row.text("config").starts_with(prefix)) continue;
    compare(row);
    ++rows;
  }
  CHECK(rows > 5);
}

}  // namespace

TEST_CASE("Ramulator, HBM2") {
  compare_all("ramulator-hbm2_2000");
}
TEST_CASE("Ramulator, HBM2E") {
  compare_all("ramulator-hbm2e_3200");
}
TEST_CASE("Ramulator, LPDDR5") {
  compare_all("ramulator-lpddr5");
}
TEST_CASE("Ramulator, DDR4") {
  compare_all("ramulator-ddr4");
}
TEST_CASE("DRAMsim3, HBM2") {
  compare_all("dramsim3-HBM2");
}
TEST_CASE("DRAMsim3, DDR4") {
  compare_all("dramsim3-DDR4");
}
TEST_CASE("DRAMsim3, LPDDR4") {
  compare_all("dramsim3-LPDDR4");
}
TEST_CASE("DRAMSys, HBM2") {
  compare_all("dramsys-hbm2");
}
TEST_CASE("DRAMSys, LPDDR4") {
  compare_all("dramsys-lpddr4");
}
TEST_CASE("DRAMSys, DDR4") {
  compare_all("dramsys-ddr4");
}

TEST_CASE("Energy by component follows from the command counts within 1 %, in whole runs within 2 %") {
  const base::CsvTable table(kFolder + "energy.csv", base::read_file(kFolder + "energy.csv"));
  for (const base::CsvRow& row : table.rows()) {
    const auto config = config::load<dram::StandaloneConfig>(kFolder + row.text("config") + ".yaml").value;
    dram::CommandCounts counts;
    counts.activates = static_cast<std::uint64_t>(row.integer("activates"));
    counts.reads = static_cast<std::uint64_t>(row.integer("reads"));
    counts.writes = static_cast<std::uint64_t>(row.integer("writes"));
    counts.refreshes_all_bank = static_cast<std::uint64_t>(row.integer("refreshes"));
    const double seconds = row.number("cycles") / config.clock_hz;
    const dram::EnergyPj given = dram::energy(config, counts, seconds);
    INFO(row.text("config") << " " << row.text("pattern") << " " << row.text("mapping"));
    CHECK_THAT(given.activate, Catch::Matchers::WithinRel(row.number("activate"), 0.01));
    CHECK(std::abs(given.read - row.number("read")) <= 0.01 * row.number("read"));
    CHECK(std::abs(given.write - row.number("write")) <= 0.01 * row.number("write"));
    CHECK(std::abs(given.refresh - row.number("refresh")) <= 0.01 * row.number("refresh"));
    if (row.text("pattern").starts_with("rand")) continue;  // run by the bandwidth rows already
    part::DramRun run;
    run.config = config;
    run.pattern = named<dram::Pattern>(row.text("pattern"));
    run.mapping = named<dram::WalkMapping>(row.text("mapping"));
    run.requests = static_cast<std::uint64_t>(row.integer("requests"));
    const dram::EnergyPj whole = part::run_dram(run).energy;
    CHECK_THAT(whole.total(), Catch::Matchers::WithinRel(row.number("total"), 0.02));
    CHECK_THAT(whole.background_active, Catch::Matchers::WithinRel(row.number("background_active"), 0.03));
  }
}
