// SPDX-License-Identifier: MIT
// A mistake in the input ends with exit code 2, a line that says where and what is allowed, and no folder.
#include "refusal.h"
#include "support/catch.h"

using namespace kiln::testing;

namespace {

/// Runs `text` as an experiment and checks that it is refused with `part` and without a trace.
void check_refused(const std::string& text, const std::string& part, std::vector<std::string> more = {}) {
  const ScratchFolder scratch;
  std::vector<std::string> arguments = {"run", scratch.write("bad.yaml", text), "--out",
                                        (scratch.path() / "result").string()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const ProcessResult result = run_kiln(arguments);
  check_refusal(result, part);
  CHECK_FALSE(std::filesystem::exists(scratch.path() / "result"));
  CHECK_FALSE(std::filesystem::exists(scratch.path() / "result.failed"));
}

}  // namespace

TEST_CASE("misspelled, doubled and unitless keys") {
  check_refused(tiny_text() + "enviroment: {ambient: 25 degC}\n",
                "bad.yaml:6:1: enviroment: unknown key in experiment; did you mean 'environment'?");
  check_refused(tiny_text() + "name: again\n", "bad.yaml:6:1: name: duplicate key, first written at line 1");
  check_refused(tiny_text() + "environment: {ambient: 25}\n", "bad.yaml:6:24: environment.ambient");
  check_refused(tiny_text() + "environment: {ambient: 25 MHz}\n", "bad.yaml:6:24: environment.ambient");
  check_refused(tiny_text() + "mapping: {parallel: dataa}\n", "did you mean 'data'?");
  check_refused(tiny_text(), "--set soc.noc.virtual_chanels=2", {"--set", "soc.noc.virtual_chanels=2"});
  check_refused(tiny_text(), "out of range; allowed: at least 1", {"--set", "soc.noc.virtual_channels=0"});
  check_refused(tiny_text(), "expected key=value", {"--set", "soc"});
}

TEST_CASE("rails without a stage are refused where they are written") {
  for (const std::string key : {"soc.rail", "soc.memory.rail"})
    check_refused(tiny_text(), key + ".stages: is empty; a rail needs at least one stage",
                  {"--set", key + "={stages: []}"});
}

TEST_CASE("all mistakes of a file are told at once") {
  const ScratchFolder scratch;
  const std::string file = scratch.write(
      "bad.yaml", tiny_text() + "environment: {ambient: hot}\nmapping: {reduce_delay: -1}\nseeed: 1\n");
  const ProcessResult result = run_kiln({"run", file});
  CHECK(result.exit_code == 2);
  for (const char* part : {"bad.yaml:6:", "bad.yaml:7:", "bad.yaml:8:"})
    CHECK_THAT(result.err, contains(part));
}

TEST_CASE("files that are cut, empty, missing, of another kind or no text") {
  check_refused(tiny_text() + "environment: {ambient: 25 deg", "not YAML");
  check_refused("", "is empty");
  check_refused("name: tiny\nworkload: none.yaml\nsoc: none.yaml\n", "no such file");
  check_refused(std::string("name: a\0b", 9), "bad.yaml:1:1: is not a text file in UTF-8");
  check_refused("name: a\nsoc: \xc3\x28\n", "bad.yaml:2:1: is not a text file in UTF-8");
  check_refused("name: s\nexperiment: e.yaml\naxes: []\n", "use 'kiln sweep run");
  CHECK_THAT(run_kiln({"run", "nowhere.yaml"}).err, contains("nowhere.yaml: no such file"));
  CHECK_THAT(run_kiln({"run", "/"}).err, contains("is a directory"));
}

TEST_CASE("a file that may not be read") {
  const ScratchFolder scratch;
  const std::string file = write_tiny(scratch);
  std::filesystem::permissions(file, std::filesystem::perms::none);
  if (std::ifstream(file)) return;  // root reads everything
  const ProcessResult result = run_kiln({"run", file});
  CHECK(result.exit_code == 2);
  CHECK_THAT(result.err, contains("cannot be read"));
}

TEST_CASE("validate names every bad file and says what good ones would run") {
  const ScratchFolder scratch;
  const std::string schema = "# yaml-language-server: $schema=schema/experiment.json\n";
  const std::string good = scratch.write("good.yaml", schema + tiny_text());
  const std::string bad = scratch.write("bad.yaml", schema + tiny_text() + "nothing: 1\n");
  const ProcessResult both = run_kiln({"validate", good, bad});
  CHECK(both.exit_code == 2);
  CHECK_FALSE(both.out.empty());
  CHECK_THAT(both.err, contains("bad.yaml:7:1: nothing"));
  CHECK(run_kiln({"validate", good}).exit_code == 0);
  CHECK_THAT(run_kiln({"validate", write_tiny(scratch)}).err,
             contains("the first line names no schema") && contains("schema/experiment.json"));
  const std::string chip = scratch.write("chip.yaml", "noc: {}\nnpu: {rows: 8, cols: 8}\nmemory: {}\n");
  CHECK_THAT(run_kiln({"validate", chip}).err,
             contains("of a soc file") && contains(source("configs/schema/soc.json")));
  const std::string net = scratch.write("net.yaml", "name: n\ninput: [1]\nlayers: []\n");
  CHECK_THAT(run_kiln({"validate", net}).err, contains("schema/network.json"));
}

TEST_CASE("what a training says of layers that the network has not is told where it stands") {
  const ScratchFolder scratch;
  const std::string tiny = write_tiny(scratch);
  const auto error = [&](const std::vector<std::string>& settings) {
    std::vector<std::string> words = {"run", tiny, "--set"};
    words.insert(words.end(), settings.begin(), settings.end());
    const ProcessResult result = run_kiln(words);
    CHECK(result.exit_code == 2);
    return result.err;
  };
  CHECK_THAT(
      error({"training.freeze.prefix_layers=9999"}),
      contains("--set training.freeze.prefix_layers=9999: training.freeze.prefix_layers: 9999 layers"));
  CHECK_THAT(error({"training.freeze.layers=[nowhere]"}),
             contains("--set training.freeze.layers=[nowhere]: training.freeze.layers"));
  CHECK_THAT(error({"training.lora_rank=2", "training.lora_targets=[nowhere]"}),
             contains("--set training.lora_targets=[nowhere]: training.lora_targets"));
}
