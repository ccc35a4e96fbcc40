// SPDX-License-Identifier: MIT
#include <cmath>

#include "base/csv.h"
#include "base/error.h"
#include "base/file.h"
#include "job/harvest.h"
#include "support/catch.h"
#include "support/scratch_folder.h"

using namespace kiln;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using job::Harvest;
using job::HarvestConfig;
using testing::contains;

namespace {

std::string problem_with(const std::string& table, HarvestConfig config = {}) {
  const testing::ScratchFolder scratch;
  config.trace = config::InputFile(scratch.write("trace.csv", table));
  try {
    const Harvest harvest(config);
  } catch (const base::ConfigError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("between the points of a trace are straight lines, and it begins again") {
  const testing::ScratchFolder scratch;
  HarvestConfig config;
  config.trace = config::InputFile(scratch.write("trace.csv", "time_s,power_w\n10,0\n20,4\n40,0\n"));
  config.efficiency = 0.5;
  const Harvest once(config);
  CHECK(once.power_w(5) == 0);
  CHECK(once.power_w(15) == 1);
  CHECK(once.power_w(20) == 2);
  CHECK(once.power_w(30) == 1);
  CHECK(once.power_w(41) == 0);
  CHECK_FALSE(once.goes_on(41));
  config.repeat_s = 100;
  const Harvest daily(config);
  CHECK_THAT(daily.power_w(515), WithinRel(1, 1e-12));
  CHECK(daily.goes_on(1e9));
}

TEST_CASE("the shipped clear day is what its formula says") {
  const std::string path = std::string(KILN_SOURCE_DIR) + "/configs/jobs/clear_sky_48n_march.csv";
  const base::CsvTable table(path, base::read_file(path));
  REQUIRE(table.rows().size() == 145);
  const double degree = std::acos(-1.0) / 180, latitude = 48 * degree;
  const double declination = 23.45 * degree * std::sin(360 * degree * (284 + 80) / 365);
  for (const base::CsvRow& row : table.rows()) {
    const double hour = row.number("time_s") / 3600;
    const double height = std::sin(latitude) * std::sin(declination) +
                          std::cos(latitude) * std::cos(declination) * std::cos(15 * degree * (hour - 12));
    const double sun = height > 0 ? 1098 * height * std::exp(-0.057 / height) : 0;
    CHECK_THAT(row.number("irradiance_w_m2"), WithinAbs(sun, 0.001));
  }
}

TEST_CASE("a trace that makes no sense is refused at its line") {
  CHECK_THAT(problem_with("time_s,volts\n0,1\n"), contains("power_w or irradiance_w_m2"));
  CHECK_THAT(problem_with("time_s,power_w\n0,1\n0,2\n"), contains("trace.csv:3"));
  CHECK_THAT(problem_with("time_s,power_w\n0,1\n1,-2\n"), contains("0 or more"));
  CHECK_THAT(problem_with("time_s,power_w\n0,1\n"), contains("two points"));
  CHECK_THAT(problem_with("time_s,irradiance_w_m2\n0,1\n1,1\n"), contains("supply.harvest.area"));
  HarvestConfig short_day;
  short_day.repeat_s = 5;
  CHECK_THAT(problem_with("time_s,power_w\n0,1\n10,1\n", short_day), contains("repeat"));
}
