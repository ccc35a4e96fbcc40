// SPDX-License-Identifier: MIT
#include "kiln.h"
#include "support/catch.h"

using namespace kiln::testing;

TEST_CASE("compare tells settings that differ, units, and kelvins between temperatures") {
  const ScratchFolder scratch;
  const auto run = [&](const std::string& name, const std::string& ambient) {
    const std::string folder = (scratch.path() / name).string();
    REQUIRE(run_kiln({"run", write_tiny(scratch), "--set", "environment.ambient=" + ambient, "--out", folder,
                      "--quiet"})
                .exit_code == 0);
    return folder;
  };
  const std::string cool = run("cool", "20degC"), warm = run("warm", "30degC");
  const ProcessResult result = run_kiln({"compare", cool, warm});
  REQUIRE(result.exit_code == 0);
  CHECK_THAT(result.out, contains("environment.ambient") && contains("20 degC") && contains("30 degC"));
  const std::size_t line = result.out.find("peak_temperature_max_c");
  REQUIRE(line != std::string::npos);
  const std::string hottest = result.out.substr(line, result.out.find('\n', line) - line);
  CHECK_THAT(hottest, contains(" K  degC"));
  CHECK(hottest.find('%') == std::string::npos);
  CHECK(run_kiln({"compare", cool, cool}).out.find("settings") == std::string::npos);
}

TEST_CASE("compare tells a change of many orders as a factor") {
  const ScratchFolder scratch;
  const std::string small = scratch.write("a.json", R"({"energy_j": 1e-18})"),
                    large = scratch.write("b.json", R"({"energy_j": 3})");
  CHECK_THAT(run_kiln({"compare", small, large}).out, contains("x 3e+18"));
}
