// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "cli/commands/kiln.h"
#include "support/catch.h"

using namespace kiln::testing;

TEST_CASE("claims are held against runs, exit code 0 whatever the verdicts, and files say the same") {
  const ScratchFolder scratch;
  const std::string file = scratch.write(
      "claims.yaml",
      fmt::format(
          "# yaml-language-server: $schema={0}/configs/schema/claims.json\nruns: [{{from: {1}}}]\n"
          "mechanisms: [{{name: clock floor, formula: cycles / mean_frequency_hz, source: test}}]\n"
          "claims:\n"
          "  - {{name: fast, claim: a step in a nanosecond, claimed: 1.0e-9, says: at_most, mechanism: clock "
          "floor, given: {{cycles: 5}}, run: tiny, figure: step_time_s}}\n"
          "targets: [{{what: energy, figure: energy_j, value: 10, source: test}}]\n",
          KILN_SOURCE_DIR, write_tiny(scratch)));
  const ProcessResult result = run_kiln({"claims", file, "--out", (scratch.path() / "out").string()});
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  CHECK_THAT(result.out, contains("violated") && contains("1 claims: 1 violated") && contains("reached"));
  const auto json = nlohmann::json::parse(scratch.read("out/claims.json"));
  const double bound = json["claims"][0]["bound"];
  CHECK(bound > 1e-9);
  CHECK(json["claims"][0]["simulated"].get<double>() > bound);
  CHECK(json["claims"][0]["run"] == "tiny");
  CHECK_THAT(scratch.read("out/claims.csv"), contains("fast") && contains("violated"));
  // Half the clock, twice the floor.
  const ProcessResult slow = run_kiln({"claims", file, "--format", "json", "--set",
                                       "runs.0.soc.operating_points.points=[{frequency: 400 MHz}]"});
  INFO(slow.err);
  REQUIRE(slow.exit_code == 0);
  CHECK(nlohmann::json::parse(slow.out)["claims"][0]["bound"].get<double>() > 1.5 * bound);
}
