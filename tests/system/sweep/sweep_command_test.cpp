// SPDX-License-Identifier: MIT
// `kiln sweep` with real simulations: killed and resumed, on one worker and several, with a point that fails.
#include <signal.h>

#include <nlohmann/json.hpp>

#include "../../cli/commands/kiln.h"
#include "base/rng.h"
#include "support/catch.h"

using namespace kiln::testing;
namespace fs = std::filesystem;

namespace {

std::string write_sweep(const ScratchFolder& scratch, const std::string& batches = "1, 2") {
  write_tiny(scratch);
  std::string values;
  for (const std::string& batch : {batches.substr(0, 1), batches.substr(3)})
    values += fmt::format("      - {{label: batch {0}, set: {{training.batch: {0}}}}}\n", batch);
  return scratch.write(
      "sweep.yaml", "name: small\nexperiment: tiny.yaml\naxes:\n  - name: batch\n    values:\n" + values +
                        "  - name: compression\n    values:\n      - {label: none}\n"
                        "      - {label: INT8, set: {compression: {enabled: true, codec: {values: int8}}}}\n"
                        "plot:\n  title: small\n  x: compression\n  columns: batch\n"
                        "  rows: [{metric: step_time_s}]\n");
}

ProcessResult sweep(const std::string& file, const fs::path& out, std::vector<std::string> more = {},
                    const ProcessOptions& options = {}) {
  std::vector<std::string> arguments = {"sweep", "run", file, "--out", out.string()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_kiln(arguments, options);
}

}  // namespace

TEST_CASE("a sweep ends in one table, the same on any number of workers") {
  const ScratchFolder scratch;
  const std::string file = write_sweep(scratch);
  const ProcessResult one = sweep(file, scratch.path() / "one", {"--jobs", "1"});
  INFO(one.err);
  REQUIRE(one.exit_code == 0);
  CHECK_THAT(one.out, contains("4 of 4 points"));
  CHECK_THAT(one.out, contains("gradients are"));
  REQUIRE(sweep(file, scratch.path() / "two", {"--jobs", "3"}).exit_code == 0);
  const std::string csv = scratch.read("one/sweep.csv");
  CHECK(csv.starts_with("batch,compression,"));
  CHECK(csv == scratch.read("two/sweep.csv"));
  CHECK(fs::exists(scratch.path() / "one/sweep.gp"));
}

TEST_CASE("a sweep killed again and again and resumed ends with the same bytes") {
  const ScratchFolder scratch;
  const std::string file = write_sweep(scratch);
  REQUIRE(sweep(file, scratch.path() / "whole").exit_code == 0);
  kiln::base::Rng rng(3, "sweep", "kill", 0);
  for (int round = 0; round < 5; ++round) {
    ProcessOptions kill;
    kill.signal = SIGKILL;
    kill.signal_after = std::chrono::milliseconds(static_cast<int>(rng.uniform() * 400));
    sweep(file, scratch.path() / "killed", {}, kill);
  }
  REQUIRE(sweep(file, scratch.path() / "killed").exit_code == 0);
  CHECK(scratch.read("whole/sweep.csv") == scratch.read("killed/sweep.csv"));
}

TEST_CASE("plan, work, status and collect are the parts of run") {
  const ScratchFolder scratch;
  const std::string file = write_sweep(scratch), out = (scratch.path() / "out").string();
  CHECK_THAT(run_kiln({"sweep", "plan", file, "--out", out}).out, contains("4 points"));
  const ProcessResult before = run_kiln({"sweep", "status", out, "--format", "json"});
  CHECK(before.exit_code == 4);
  CHECK(nlohmann::json::parse(before.out)["pending"] == 4);
  CHECK(run_kiln({"sweep", "work", out}).exit_code == 0);
  CHECK(run_kiln({"sweep", "status", out}).exit_code == 0);
  CHECK(run_kiln({"sweep", "collect", out, "--quiet"}).exit_code == 0);
  CHECK_FALSE(scratch.read("out/sweep.csv").empty());

  scratch.write("tiny.yaml", tiny_text() + "environment: {ambient: 31 degC}\n");
  const ProcessResult changed = run_kiln({"sweep", "work", out});
  CHECK(changed.exit_code == 2);
  CHECK_THAT(changed.err, contains("changed since this sweep was planned"));
}

TEST_CASE("a point that fails is told and leaves the sweep incomplete") {
  const ScratchFolder scratch;
  const std::string file = write_sweep(scratch, "1, 1048576");  // more than the memory holds
  const ProcessResult result = sweep(file, scratch.path() / "out");
  CHECK(result.exit_code == 4);
  CHECK_THAT(result.err, contains("2 of 4 points failed"));
  CHECK_THAT(result.out, contains("failed: batch 1048576, none: "));
  CHECK(run_kiln({"sweep", "status", (scratch.path() / "out").string()}).exit_code == 4);
}

TEST_CASE("Ctrl-C keeps what is finished") {
  const ScratchFolder scratch;
  const std::string file = write_sweep(scratch);
  ProcessOptions interrupt;
  interrupt.signal = SIGINT;
  interrupt.signal_after = std::chrono::milliseconds(300);
  interrupt.signal_when = (scratch.path() / "out").string();  // planned: from here there is something to keep
  const ProcessResult result = sweep(file, scratch.path() / "out", {"--set", "run.steps=1000000"}, interrupt);
  CHECK(result.exit_code == 130);
  CHECK_THAT(result.err, contains("the same command goes on from here"));
}

TEST_CASE("a folder of another sweep is refused") {
  const ScratchFolder scratch;
  scratch.write("mine/notes.txt", "keep");
  const ProcessResult result = sweep(write_sweep(scratch), scratch.path() / "mine");
  CHECK(result.exit_code == 2);
  CHECK(scratch.read("mine/notes.txt") == "keep");
}

TEST_CASE(
    "option --fail-on names the points at which a condition holds; an unknown number is refused before any "
    "run") {
  const ScratchFolder scratch;
  const std::string file = write_sweep(scratch);
  const fs::path out = scratch.path() / "out";
  const ProcessResult unknown = sweep(file, out, {"--fail-on", "step_tme_s>0"});
  CHECK(unknown.exit_code == 2);
  CHECK_THAT(unknown.err, contains("did you mean 'step_time_s'"));
  CHECK_FALSE(fs::exists(out / "sweep.csv"));
  const ProcessResult good = sweep(file, out, {"--fail-on", "step_time_s>1e6"});
  CHECK(good.exit_code == 0);
  CHECK(sweep(file, out, {"--fail-on", "step_time_s>0"}).exit_code == 3);
  const ProcessResult bad = run_kiln(
      {"sweep", "collect", out.string(), "--fail-on", "samples_per_s>0", "--fail-on", "step_time_s<0"});
  CHECK(bad.exit_code == 3);
  CHECK_THAT(bad.err, contains("--fail-on samples_per_s>0: batch 1, none (samples_per_s is ") &&
                          contains("batch 2, INT8") && !contains("step_time_s<0"));
}
