// SPDX-License-Identifier: MIT
// `kiln new`: what it writes validates, runs as it says, and is the reader's own.
#include <sstream>
#include <tuple>

#include "kiln.h"
#include "support/catch.h"

using namespace kiln::testing;

namespace {

ProcessOptions within(const ScratchFolder& scratch) {
  ProcessOptions options;
  options.folder = scratch.path().string();
  return options;
}

/// The command that the answer names, cut to one step.
ProcessResult run_as_told(const ProcessResult& begun, const ScratchFolder& scratch) {
  const std::string mark = "Run it: kiln ", command = begun.out.substr(begun.out.find(mark) + mark.size());
  const std::string line = command.substr(0, command.find('\n'));
  return run_process({"sh", "-c",
                      std::string(KILN_BINARY) + " " + line +
                          " --set run.horizon=steps run.steps=1 training.batch=2 --quiet --out out"},
                     within(scratch));
}

}  // namespace

TEST_CASE("what kiln new begins validates and runs at once, under any name") {
  const auto [kind, like] = GENERATE(std::pair{"chip", "edge_lpddr5"}, std::pair{"chip", "wearable_lpddr4"},
                                     std::pair{"net", "lenet5_r28"}, std::pair{"net", "vit_micro_p8_r64"},
                                     std::pair{"experiment", "wearable_kws"});
  const ScratchFolder scratch;
  const ProcessResult begun = run_kiln({"new", kind, "it's my \"own\" 5%", "--like", like}, within(scratch));
  INFO(begun.err);
  REQUIRE(begun.exit_code == 0);
  const ProcessResult valid = run_kiln({"validate", "it's my \"own\" 5%.yaml"}, within(scratch));
  INFO(valid.err);
  CHECK(valid.exit_code == 0);
  const ProcessResult ran = run_as_told(begun, scratch);
  INFO(ran.err);
  CHECK(ran.exit_code == 0);
  CHECK_THAT(scratch.read("out/config.effective.yaml"), contains("own"));
}

TEST_CASE("a start says what its keys mean and which it leaves out, and keeps the file's comments") {
  const ScratchFolder scratch;
  REQUIRE(run_kiln({"new", "chip", "mine"}, within(scratch)).exit_code == 0);
  const std::string chip = scratch.read("mine.yaml");
  CHECK_THAT(chip, contains("\nname: mine\n"));
  CHECK_THAT(chip, contains("25.6 GB/s per link at 0.8 GHz"));  // of edge_lpddr5.yaml
  CHECK_THAT(chip, contains("# Left at their defaults") && contains("\n#descriptor: "));
  CHECK_THAT(chip, contains("\n  #dataflow: best\n"));                        // within npu
  CHECK_THAT(chip, contains("\n  lanes: 16\n") && contains("  #depth: 12"));  // it was {lanes: 16}
  REQUIRE(run_kiln({"new", "experiment", "first"}, within(scratch)).exit_code == 0);
  const std::string experiment = scratch.read("first.yaml");
  CHECK_THAT(experiment, contains("Run it:   kiln run first.yaml"));
  const std::string explained = run_kiln({"explain", "governor.policies"}).out;
  const std::string meaning =
      explained.substr(explained.find("\n  ") + 3, 40);  // the first line below the key
  CHECK_THAT(experiment, contains("  # " + meaning) && contains("\ncompression:\n") &&
                             contains("    #density: 0.01\n") && contains("# Left out: learning. "));
  CHECK_THAT(chip, contains("# NoC clock over the NPU clock (at least 0.05 and at most 8)"));
}

TEST_CASE("each commented key of a start can be opened by itself, and all of them change nothing") {
  const auto [kind, like] = GENERATE(std::pair{"chip", "edge_lpddr5"}, std::pair{"chip", "wearable_lpddr4"},
                                     std::pair{"net", "lenet5_r28"}, std::pair{"experiment", "wearable_kws"});
  const ScratchFolder scratch;
  REQUIRE(run_kiln({"new", kind, "mine", "--like", like}, within(scratch)).exit_code == 0);
  const std::string start = scratch.read("mine.yaml");
  const auto effective = [&](const std::string& text) {
    scratch.write("opened.yaml", text);
    const ProcessResult shown = run_kiln({"validate", "--show", "opened.yaml"}, within(scratch));
    INFO(shown.err);
    CHECK(shown.exit_code == 0);
    return shown.out;
  };
  const std::string as_begun = effective(start);
  std::string all;
  std::size_t keys = 0;
  for (std::size_t begin = 0, end = 0; begin < start.size(); begin = end) {
    end = start.find('\n', begin) + 1;
    const std::size_t mark = start.find_first_not_of(' ', begin);
    const bool is_key = start[mark] == '#' && start[mark + 1] != ' ';
    std::string line = start.substr(begin, end - begin);
    if (is_key) {
      line.erase(mark - begin, 1);
      INFO(line);
      CHECK(effective(start.substr(0, begin) + line + start.substr(end)) == as_begun);
      ++keys;
    }
    all += line;
  }
  CHECK(keys >= (std::string(kind) == "net" ? 2 : 40));
  CHECK(effective(all) == as_begun);
}

TEST_CASE("a record that is absent without its key stands in a start as a block that can be opened") {
  const auto [kind, like, least] =
      GENERATE(std::tuple{"chip", "edge_lpddr5", 4}, std::tuple{"chip", "wearable_lpddr4", 2},
               std::tuple{"experiment", "passive_edge", 3});
  const ScratchFolder scratch;
  REQUIRE(run_kiln({"new", kind, "mine", "--like", like}, within(scratch)).exit_code == 0);
  std::vector<std::string> lines;
  std::istringstream start(scratch.read("mine.yaml"));
  for (std::string line; std::getline(start, line);) lines.push_back(line);
  // Lines `from` to `to` are others; what is then in force.
  const auto effective = [&](std::size_t from, std::size_t to, const std::string& others) {
    std::string text;
    for (std::size_t i = 0; i < from; ++i) text += lines[i] + "\n";
    text += others;
    for (std::size_t i = to; i < lines.size(); ++i) text += lines[i] + "\n";
    scratch.write("opened.yaml", text);
    const ProcessResult shown = run_kiln({"validate", "--show", "opened.yaml"}, within(scratch));
    INFO(shown.err);
    CHECK(shown.exit_code == 0);
    return shown.out;
  };
  int blocks = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::size_t mark = lines[i].find_first_not_of(' ');
    if (mark == std::string::npos || lines[i].compare(mark, 2, "# ") != 0 || lines[i].back() != ':' ||
        lines[i].find(' ', mark + 2) != std::string::npos)
      continue;
    std::string opened = lines[i].substr(0, mark) + lines[i].substr(mark + 2) + "\n";
    const std::string empty = opened.substr(0, opened.size() - 1) + " {}\n";
    std::size_t end = i + 1;
    for (; end < lines.size() && lines[end].compare(0, mark + 4, lines[i].substr(0, mark) + "#   ") == 0;
         ++end)
      opened += lines[end].substr(0, mark) + lines[end].substr(mark + 2) + "\n";
    INFO(opened);
    CHECK(end > i + 2);
    const std::string now = effective(i, end, opened);
    CHECK(now == effective(i, end, empty));  // its keys are at their defaults
    CHECK(now != effective(0, 0, ""));
    ++blocks;
  }
  CHECK(blocks >= least);
}

TEST_CASE("kiln new takes no file away, makes no folder and tells the nearest name") {
  const ScratchFolder scratch;
  scratch.write("mine.yaml", "keep: me\n");
  const ProcessResult taken = run_kiln({"new", "chip", "mine"}, within(scratch));
  CHECK(taken.exit_code == 2);
  CHECK(scratch.read("mine.yaml") == "keep: me\n");
  const ProcessResult nowhere = run_kiln({"new", "net", "none/mine"}, within(scratch));
  CHECK(nowhere.exit_code == 2);
  CHECK_THAT(nowhere.err, contains("is not a folder"));
  const ProcessResult misspelt = run_kiln({"new", "chip", "other", "--like", "edge_lpdr5"}, within(scratch));
  CHECK(misspelt.exit_code == 2);
  CHECK_THAT(misspelt.err, contains("did you mean 'edge_lpddr5'"));
  const ProcessResult wrong_kind = run_kiln(
      {"new", "chip", "other", "--like", source("configs/workloads/lenet5_r28.yaml")}, within(scratch));
  CHECK(wrong_kind.exit_code == 2);
  CHECK(only_our_lines(wrong_kind.err));
  const ProcessResult odd = run_kiln({"new", "net", "-", "--like", "lenet5_r28"}, within(scratch));
  CHECK(odd.exit_code == 2);
}
