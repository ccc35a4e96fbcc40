// SPDX-License-Identifier: MIT
#include "kiln.h"
#include "support/catch.h"

using namespace kiln::testing;

TEST_CASE("a supplied experiment goes by its name, a misspelt one is told the nearest") {
  const ScratchFolder scratch;
  ProcessOptions elsewhere;
  elsewhere.folder = scratch.path().string();
  const ProcessResult result = run_kiln(
      {"run", "wearable_kws", "--set", "run.horizon=steps", "run.steps=1", "--out", "named", "--quiet"},
      elsewhere);
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK_THAT(scratch.read("named/manifest.json"), contains("wearable_kws"));
  const ProcessResult wrong = run_kiln({"run", "wearable_kvs"}, elsewhere);
  CHECK(wrong.exit_code == 2);
  CHECK_THAT(wrong.err, contains("did you mean 'wearable_kws'"));
}

TEST_CASE("KILN_CONFIGS comes before any other folder") {
  const ScratchFolder scratch;
  scratch.write("mine/experiments/own.yaml", tiny_text());
  const std::string mine = (scratch.path() / "mine").string();
  const ProcessResult result = run_process({"env", "KILN_CONFIGS=" + mine, KILN_BINARY, "run", "own", "--out",
                                            (scratch.path() / "out").string(), "--quiet"});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  const ProcessResult none = run_process({"env", "KILN_CONFIGS=/nowhere", KILN_BINARY, "list"});
  CHECK(none.exit_code == 2);
  CHECK_THAT(none.err, contains("KILN_CONFIGS"));
}

TEST_CASE("the manual page names every command and escapes what troff would read") {
  const ProcessResult result = run_kiln({"man"});
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.out,
             contains(".TH KILN 1") && contains(".SS \"kiln sweep run\"") && contains("\\-\\-fail\\-on"));
  if (run_process({"sh", "-c", "command -v mandoc || command -v groff"}).exit_code != 0) return;
  const ProcessResult drawn = run_process(
      {"sh", "-c", std::string(KILN_BINARY) + " man | (groff -man -ww -z 2>&1 || mandoc -T lint 2>&1)"});
  CHECK(drawn.out.empty());
}
