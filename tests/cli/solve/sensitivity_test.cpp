// SPDX-License-Identifier: MIT
#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/commands/kiln.h"
#include "support/catch.h"

using namespace kiln::testing;
using nlohmann::json;

namespace {

/// Steps are kept between the runs of a test.
ProcessResult sensitivity(const ScratchFolder& scratch, std::vector<std::string> words) {
  ::setenv("KILN_CACHE", (scratch.path() / "cache").c_str(), 1);
  words.insert(words.begin(),
               {"sensitivity", write_tiny(scratch), "--out", (scratch.path() / "out").string()});
  ProcessResult result = run_kiln(std::move(words));
  ::setenv("KILN_CACHE", "off", 1);
  return result;
}

double number_with(const ScratchFolder& scratch, const std::string& metric, const std::string& setting) {
  const ProcessResult result = run_kiln({"run", write_tiny(scratch), "--set", setting, "--format", "json",
                                         "--out", (scratch.path() / "run").string()});
  return json::parse(result.out)[metric];
}

}  // namespace

TEST_CASE(
    "one factor at a time: ends are those of runs, the largest comes first, and a verdict's flip is found") {
  const ScratchFolder scratch;
  const ProcessResult result =
      sensitivity(scratch, {"--of", "peak_temperature_max_c", "--no-constants", "--over",
                            "environment.ambient=10..50degC", "--over", "soc.board.constant_power=0..0.5W",
                            "--verdict", "peak_temperature_max_c<=40"});
  INFO(result.out << result.err);
  REQUIRE(result.exit_code == 0);
  const json found = json::parse(scratch.read("out/sensitivity.json"));
  const json& first = found["factors"][0];
  CHECK(first["factor"] == "environment.ambient");
  const double low = first["low"], high = first["high"], base = found["base"];
  CHECK(low < base);
  CHECK(base < high);
  CHECK(std::abs(high - number_with(scratch, "peak_temperature_max_c", "environment.ambient=50degC")) < 1e-9);
  // The flip, set by hand, lies at the limit.
  REQUIRE(first["flips"].size() == 1);
  const std::string at = first["flips"][0]["at"];
  CHECK(std::abs(number_with(scratch, "peak_temperature_max_c", "environment.ambient=" + at) - 40) < 1);
  CHECK_THAT(scratch.read("out/sensitivity.svg"), contains("environment.ambient"));
  CHECK_THAT(scratch.read("out/report.html"), contains("environment.ambient"));
}

TEST_CASE("constants with bands are moved by groups, and Morris' means agree where little interacts") {
  const ScratchFolder scratch;
  const ProcessResult result = sensitivity(scratch, {"--of", "die_area_m2", "--morris", "2"});
  INFO(result.out << result.err);
  REQUIRE(result.exit_code == 0);
  const json found = json::parse(scratch.read("out/sensitivity.json"));
  CHECK(found["factors"].size() > 10);
  const json &between = found["factors"][0], &phy = found["factors"][1];
  CHECK(between["factor"] == "area between blocks");  // 55 to 85 % of the die are blocks
  CHECK(between["high"].get<double>() < between["low"].get<double>());
  CHECK(phy["factor"] == "memory PHY");
  const double range = phy["high"].get<double>() - phy["low"].get<double>();
  CHECK(range > 0);
  CHECK(std::abs(phy["mean_effect"].get<double>() / range - 1) < 0.3);  // spare area depends on the others
  for (const json& factor : found["factors"])
    if (factor["factor"] == "leakage") CHECK(factor["low"] == found["base"]);  // is no area
}

TEST_CASE("what cannot be asked is refused by name") {
  const ScratchFolder scratch;
  const auto error = [&](std::vector<std::string> words) {
    const ProcessResult result = sensitivity(scratch, std::move(words));
    CHECK(result.exit_code == 2);
    CHECK(only_our_lines(result.err));
    return result.err;
  };
  CHECK_THAT(error({"--of", "energy"}), contains("energy_j"));
  CHECK_THAT(error({"--no-constants"}), contains("nothing is uncertain"));
  CHECK_THAT(error({"--over", "training.batch={1,2}"}), contains("KEY=FROM..TO"));
  CHECK_THAT(error({"--verdict", "energy_j"}), contains("expected KEY>VALUE"));
  CHECK_THAT(error({"--over", "training.batch=0..4"}), contains("training.batch"));
}

TEST_CASE("shares of the variance: the factor that decides has nearly all of it") {
  const ScratchFolder scratch;
  const ProcessResult result = sensitivity(scratch, {"--of", "peak_temperature_max_c", "--no-constants",
                                                     "--over", "environment.ambient=10..50degC", "--over",
                                                     "soc.board.constant_power=0..0.5W", "--sobol", "12"});
  INFO(result.out << result.err);
  REQUIRE(result.exit_code == 0);
  CHECK_THAT(result.out, contains("variance alone") && !contains("mean effect"));
  const json found = json::parse(scratch.read("out/sensitivity.json"));
  CHECK(found["runs"] == 5 + 12 * 4);
  CHECK(found["factors"][0]["factor"] == "environment.ambient");
  CHECK(found["factors"][0]["variance_total"] > 0.3);  // few samples
  CHECK(found["factors"][1]["variance_total"] < 0.05);
}
