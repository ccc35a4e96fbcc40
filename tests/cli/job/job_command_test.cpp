// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "cli/commands/kiln.h"
#include "support/catch.h"

using namespace kiln::testing;
using nlohmann::json;

namespace {

std::string write_job(const ScratchFolder& scratch, const std::string& more = "") {
  return scratch.write(
      "job.yaml",
      fmt::format("# yaml-language-server: $schema=job.json\nname: small\nexperiment:\n  name: small\n"
                  "  workload: {0}/configs/workloads/lenet5_r28.yaml\n  training: {{batch: 4}}\n"
                  "  soc: {0}/configs/soc/wearable_lpddr4.yaml\n"
                  "  mapping: {{parallel: data, cut: rows}}\n"
                  "data: {{samples: 400, epochs: 2}}\n{1}",
                  KILN_SOURCE_DIR, more));
}

ProcessResult job(const ScratchFolder& scratch, std::vector<std::string> words) {
  ProcessOptions options;
  options.folder = scratch.path();
  return run_kiln(std::move(words), options);
}

}  // namespace

TEST_CASE("kiln job writes a folder with tables, summary and picture, the same bytes again") {
  const ScratchFolder scratch;
  const std::string file = write_job(scratch, "requests: {rate: 1000}\ndeadline: 1 min\n");
  const ProcessResult first = job(scratch, {"job", file, "--out", "a"});
  INFO(first.err);
  REQUIRE(first.exit_code == 0);
  CHECK_THAT(first.out, contains("deadline"));
  const json summary = json::parse(scratch.read("a/summary.json"));
  CHECK(summary["steps"] == 200);
  CHECK(summary["deadline_met"] == 1);
  CHECK(summary["requests"]["arrived"] > 0);
  CHECK(summary["validity"]["state"] != "invalid");
  REQUIRE(job(scratch, {"job", file, "--out", "b"}).exit_code == 0);
  for (const char* name : {"summary.json", "epochs.csv", "series.csv", "config.effective.yaml"})
    CHECK(scratch.read(std::string("a/") + name) == scratch.read(std::string("b/") + name));
  // Its effective configuration is a job that gives the same.
  REQUIRE(job(scratch, {"job", "a/config.effective.yaml", "--out", "c"}).exit_code == 0);
  CHECK(scratch.read("a/summary.json") == scratch.read("c/summary.json"));
  REQUIRE(job(scratch, {"job", file, "--seed", "2", "--out", "d"}).exit_code == 0);
  CHECK(scratch.read("a/summary.json") != scratch.read("d/summary.json"));
}

TEST_CASE("a missed deadline is said, and --fail-on makes it an exit code") {
  const ScratchFolder scratch;
  const std::string file = write_job(scratch, "deadline: 10 ms\n");
  const ProcessResult result = job(scratch, {"job", file, "--fail-on", "deadline_met==0"});
  CHECK(result.exit_code == 3);
  CHECK_THAT(result.out, contains("missed"));
  CHECK(job(scratch, {"job", file, "--fail-on", "no_such_number>0", "--out", "x"}).exit_code == 2);
}

TEST_CASE("a job file is known to validate, explain, list and schema") {
  const ScratchFolder scratch;
  const std::string file = write_job(scratch);
  CHECK_THAT(job(scratch, {"validate", file}).out, contains("2 epochs of 100 steps"));
  CHECK_THAT(job(scratch, {"explain", "job.supply.reserve"}).out, contains("training waits"));
  CHECK_THAT(job(scratch, {"explain", "battery_share"}).out, contains("summary.json of a job"));
  CHECK_THAT(job(scratch, {"list", "job", "--configs", KILN_SOURCE_DIR "/configs"}).out,
             contains("watch_night"));
  CHECK_THAT(job(scratch, {"schema", "job"}).out, contains("cached_features"));
  const ProcessResult wrong = job(scratch, {"job", file, "--set", "data.epoch=3"});
  CHECK(wrong.exit_code == 2);
  CHECK_THAT(wrong.err, contains("did you mean 'epochs'"));
}
