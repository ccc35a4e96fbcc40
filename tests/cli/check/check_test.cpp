// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "cli/commands/kiln.h"
#include "support/catch.h"

using namespace kiln::testing;

namespace {

/// A baseline of one tiny run; returns its folder.
std::string write_baseline(const ScratchFolder& scratch, const std::string& rest = "") {
  const std::string tiny = write_tiny(scratch);
  scratch.write("baseline/check.yaml",
                fmt::format("# yaml-language-server: $schema={}/configs/schema/check.json\n"
                            "runs:\n  - {{from: {}}}\n{}",
                            KILN_SOURCE_DIR, tiny, rest));
  return (scratch.path() / "baseline").string();
}

}  // namespace

TEST_CASE("check: approve, pass, change the design, fail with the numbers and by how much, approve again") {
  const ScratchFolder scratch;
  const std::string folder = write_baseline(scratch);
  const ProcessResult before = run_kiln({"check", folder});
  INFO(before.err);
  CHECK(before.exit_code == 3);
  CHECK_THAT(before.out, contains("not approved") && contains("--approve"));

  REQUIRE(run_kiln({"check", folder, "--approve"}).exit_code == 0);
  const ProcessResult same = run_kiln({"check", folder});
  CHECK(same.exit_code == 0);
  CHECK_THAT(same.out, contains("as approved") && contains("1 of 1 runs"));

  const std::string junit = (scratch.path() / "junit.xml").string();
  const std::string slower = "runs.0.soc.operating_points.points=[{frequency: 400 MHz}]";
  const ProcessResult changed =
      run_kiln({"check", folder, "--set", slower, "--junit", junit, "--format", "json"});
  CHECK(changed.exit_code == 3);
  const auto json = nlohmann::json::parse(changed.out);
  CHECK(json["passed"] == 0);
  CHECK(json["runs"][0]["verdict"] == "differs");
  CHECK_FALSE(json["runs"][0]["deviations"].empty());
  CHECK_THAT(scratch.read("junit.xml"), contains("failures=\"1\"") && contains("step_time_s"));
  CHECK(run_kiln({"check", folder, "--set", slower, "--approve"}).exit_code == 2);
}

TEST_CASE("check: approved numbers that somebody edited are compared, and not written over") {
  const ScratchFolder scratch;
  const std::string folder = write_baseline(scratch);
  REQUIRE(run_kiln({"check", folder, "--approve"}).exit_code == 0);
  auto json = nlohmann::ordered_json::parse(scratch.read("baseline/approved/tiny.json"));
  json["step_time_s"] = 1;
  scratch.write("baseline/approved/tiny.json", json.dump());
  const ProcessResult result = run_kiln({"check", folder});
  CHECK(result.exit_code == 3);
  CHECK_THAT(result.out, contains("step_time_s 1 -> "));
  const ProcessResult refused = run_kiln({"check", folder, "--approve"});
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.err, contains("tiny.json"));
}

TEST_CASE("check: what is wrong with a baseline is said with its place") {
  const ScratchFolder scratch;
  const ProcessResult none = run_kiln({"check", scratch.path().string()});
  CHECK(none.exit_code == 2);
  CHECK_THAT(none.err, contains("check.yaml") && contains("--approve"));
  const std::string twice = write_baseline(scratch, "  - {from: " + write_tiny(scratch) + "}\n");
  const ProcessResult same_names = run_kiln({"check", twice});
  CHECK(same_names.exit_code == 2);
  CHECK_THAT(same_names.err, contains("check.yaml:3:3") && contains("two are called 'tiny'"));
  const std::string pattern = write_baseline(scratch, "tolerances: {enrgy_j: {relative: 1 %}}\n");
  const ProcessResult unknown = run_kiln({"check", pattern});
  CHECK(unknown.exit_code == 2);
  CHECK_THAT(unknown.err, contains("check.yaml:4") && contains("enrgy_j"));
  CHECK(run_kiln({"check", write_baseline(scratch), "--only", "tyni"}).exit_code == 2);
}

TEST_CASE("check: a failed run is never approved") {
  const ScratchFolder scratch;
  const std::string folder = write_baseline(scratch);
  const ProcessResult result = run_kiln({"check", folder, "--time-limit", "1ms", "--approve", "--no-cache"});
  CHECK(result.exit_code == 1);
  CHECK_FALSE(std::filesystem::exists(scratch.path() / "baseline" / "approved"));
}

TEST_CASE("the shipped baseline holds") {
  const ProcessResult result = run_kiln({"check", source("configs/baselines/shipped")});
  INFO(result.out << result.err);
  CHECK(result.exit_code == 0);
}
