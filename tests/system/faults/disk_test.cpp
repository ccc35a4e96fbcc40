// SPDX-License-Identifier: MIT
// A disk that fails at every call in turn: the command says so, and the results that were there stay.
#include <filesystem>

#include "support/catch.h"
#include "support/kills.h"
#include "support/long_tests.h"
#include "support/scratch_folder.h"

using namespace kiln;
using namespace kiln::testing;

namespace {

namespace fs = std::filesystem;

const std::string kConfigs = std::string(KILN_SOURCE_DIR) + "/configs/";

/// The command with a preloaded library that fails call `at`, 0 for none.
ProcessResult run_failing(const std::vector<std::string>& command, long at, const std::string& count_file) {
  std::vector<std::string> words = {"env", "LD_PRELOAD=" KILN_FAILING_CALLS,
                                    "ASAN_OPTIONS=verify_asan_link_order=0",
                                    "KILN_FAIL_AT=" + std::to_string(at), "KILN_FAIL_COUNT=" + count_file};
  words.insert(words.end(), command.begin(), command.end());
  return run_process(words);
}

/// Contents below the folder as they were, hidden lists aside: a list may say more than stands there.
std::map<std::string, std::string> results_in(const fs::path& folder) {
  std::map<std::string, std::string> files = contents_of(folder.string());
  std::erase_if(files, [](const auto& file) {
    return file.first.ends_with(".kiln.json") || file.first.ends_with(".lock");
  });
  return files;
}

/// Fails each call (each third in short tests) of a command that replaces what it wrote before.
void fail_each_call(const std::vector<std::string>& before, const std::vector<std::string>& command,
                    const ScratchFolder& scratch) {
  const std::string counts = (scratch.path() / "counts").string();
  const auto prepare = [&] {
    fs::remove_all(scratch.path() / "r");
    fs::remove_all(scratch.path() / "r.failed");
    REQUIRE(run_process(before).exit_code == 0);
    if (fs::is_directory(scratch.path() / "r")) scratch.write("r/notes.md", "mine");
  };
  prepare();
  REQUIRE(run_failing(command, 0, counts).exit_code == 0);
  const long calls = std::stol(scratch.read("counts"));
  REQUIRE(calls > 5);
  const long stride = count_of(calls > 40 ? 5L : 1L, 1L);
  for (long at = 1; at <= calls; at += stride) {
    INFO("call " << at << " of " << calls);
    prepare();
    const auto old = results_in(scratch.path() / "r");
    const ProcessResult result = run_failing(command, at, counts);
    INFO(result.err);
    if (result.exit_code == 0) continue;  // what failed was not needed: a lock, a fallback
    CHECK(result.exit_code == 1);
    CHECK_THAT(result.err, contains("kiln: error: cannot"));
    CHECK(results_in(scratch.path() / "r") == old);
    for (const auto& entry : fs::directory_iterator(scratch.path()))
      CHECK_FALSE(entry.path().filename().string().starts_with(".kiln-"));
  }
}

std::vector<std::string> run_command(const ScratchFolder& scratch, const std::string& seed) {
  return {KILN_BINARY,
          "run",
          kConfigs + "experiments/wearable_kws.yaml",
          "--quiet",
          "--seed",
          seed,
          "--out",
          (scratch.path() / "r").string()};
}

}  // namespace

TEST_CASE("a run on a failing disk leaves the earlier results") {
  const ScratchFolder scratch;
  fail_each_call(run_command(scratch, "1"), run_command(scratch, "2"), scratch);
}

TEST_CASE("a thermal run on a failing disk leaves the earlier results") {
  const ScratchFolder scratch;
  const std::string plan = scratch.write("p.flp", "A\t0.005\t0.01\t0\t0\nB\t0.005\t0.01\t0.005\t0\n");
  const auto command = [&](const char* power) {
    return std::vector<std::string>{KILN_BINARY,
                                    "thermal",
                                    "--config",
                                    kConfigs + "packages/hotspot.yaml",
                                    "--floorplan",
                                    plan,
                                    "--power",
                                    scratch.write(power, std::string("A B\n") + power + " 2\n"),
                                    "--steady",
                                    "--out",
                                    (scratch.path() / "r").string()};
  };
  fail_each_call(command("1"), command("3"), scratch);
}

TEST_CASE("a command log on a failing disk leaves the earlier one") {
  const ScratchFolder scratch;
  const auto command = [&](const char* requests) {
    return std::vector<std::string>{KILN_BINARY,  "dram",
                                    "--config",   kConfigs + "parts/dram/ddr4_3200.yaml",
                                    "--pattern",  "seq_read",
                                    "--requests", requests,
                                    "--log",      (scratch.path() / "r" / "log.csv").string()};
  };
  fs::create_directory(scratch.path() / "r");
  const std::string counts = (scratch.path() / "counts").string();
  REQUIRE(run_process(command("50")).exit_code == 0);
  const auto old = results_in(scratch.path() / "r");
  REQUIRE(run_failing(command("60"), 0, counts).exit_code == 0);
  const long calls = std::stol(scratch.read("counts"));
  REQUIRE(run_process(command("50")).exit_code == 0);
  for (long at = 1; at <= calls; ++at) {
    INFO("call " << at << " of " << calls);
    const ProcessResult result = run_failing(command("60"), at, counts);
    if (result.exit_code == 0) {
      REQUIRE(run_process(command("50")).exit_code == 0);
      continue;
    }
    CHECK(results_in(scratch.path() / "r") == old);
  }
}
