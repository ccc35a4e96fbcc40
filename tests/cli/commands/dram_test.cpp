// SPDX-License-Identifier: MIT
// Options and output of `kiln dram`.
#include <nlohmann/json.hpp>

#include "refusal.h"
#include "support/catch.h"

using namespace kiln::testing;

namespace {

const std::string kPart = source("configs/parts/dram/ddr4_3200.yaml");
const std::string kPeer = source("tests/reference/dram/ramulator-ddr4_3200_AllBank.yaml");

ProcessResult dram(std::vector<std::string> more, const std::string& part = kPart) {
  more.insert(more.begin(), {"dram", "--config", part});
  return run_kiln(more);
}

int occurrences(const std::string& text, const std::string& part) {
  int count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE("dram refuses cycles, temperatures and counts it cannot take") {
  const auto injection = [](const std::string& text, const std::string& part) {
    check_refusal(dram({"--pattern", "seq_read", "--injection", text}), part);
  };
  for (const char* text : {"paced:0", "paced:1e30", "idle:1e30", "idle:-1", "idle:nan", "paced:inf", "paced"})
    injection(text, "at most 1000000000000000 cycles");
  injection("paced:1e12", "end after cycle 1000000000000000");
  for (const char* celsius : {"nan", "-300", "4000", "25,4000", "-60.1", "150.1"})
    check_refusal(dram({"--pattern", "seq_read", std::string("--temperature=") + celsius}), "temperature");
  check_refusal(dram({"--pattern", "seq_read", "--requests", "0"}),
                "--requests: must be a number above 0, not 0");
  check_refusal(dram({"--pattern", "seq_read", "--refresh", "per_bank"}), "take policy all_bank");
  const ProcessResult choice = dram({"--pattern", "seq_read", "--mapping", "Q"});
  CHECK(choice.exit_code == 2);
  CHECK(occurrences(choice.err, "allowed: B, R, I") == 1);
  CHECK_THAT(dram({"--pattern", "seq_raed"}).err, contains("did you mean 'seq_read'?"));
  const ProcessResult seeds = run_kiln({"noc", "--config", source("configs/parts/noc/reference_p1.yaml"),
                                        "--pattern", "uniform", "--rate", "0.1", "--seeds", "0"});
  CHECK(seeds.exit_code == 2);
  CHECK_THAT(seeds.err, contains("--seeds: must be a number above 0, not 0"));
}

TEST_CASE("per-bank refresh of DDR4 is refused where it is written") {
  const ScratchFolder scratch;
  const std::string file = scratch.write(
      "part.yaml",
      "clock: 1.6 GHz\nstandard: ddr4\norganisation: {}\ntiming: {}\nrefresh: {policy: per_bank}\n");
  const ProcessResult result = dram({"--pattern", "seq_read"}, file);
  CHECK(result.exit_code == 2);
  CHECK_THAT(result.err, contains("part.yaml:5:10: refresh: DDR4 has no per-bank refresh"));
}

TEST_CASE("dram refuses traces without a request and cycles past the last") {
  const ScratchFolder scratch;
  check_refusal(dram({"--trace", "/"}), "is a directory");
  check_refusal(dram({"--trace", "/dev/null"}), "is a device");
  check_refusal(dram({"--trace", scratch.write("empty.trace", "")}), "has no requests");
  check_refusal(dram({"--trace", scratch.write("note.trace", "# nothing\n\n")}), "has no requests");
  check_refusal(dram({"--trace",
                      scratch.write("late.trace", "0x0 READ 1000000000000000\n0x0 READ 2000000000000000\n")}),
                "late.trace:2:1: trace: cycle 2000000000000000 is after the last allowed");
  CHECK(dram({"--trace", scratch.write("good.trace", "0x0 READ 1000000000000000\n")}).exit_code == 0);
}

TEST_CASE("dram does not print an energy it does not know") {
  const std::vector<std::string> run = {"--pattern", "seq_read", "--requests", "100"};
  CHECK_THAT(dram(run, kPeer).out, contains("energy not known (no currents given)\n"));
  CHECK_THAT(dram(run).out, contains("pJ/bit"));
  std::vector<std::string> json = run;
  json.insert(json.end(), {"--format", "json"});
  const auto unknown = nlohmann::json::parse(dram(json, kPeer).out);
  CHECK(unknown.at("energy_pJ").at("total").is_null());
  CHECK(unknown.at("energy_pJ").contains("refresh"));
  CHECK(unknown.at("writes_pending") == 0);
  CHECK(nlohmann::json::parse(dram(json).out).at("energy_pJ").at("total").get<double>() > 0);
}

TEST_CASE("dram prints what a temperature does to refresh and bits") {
  const std::string out = dram({"--pattern", "seq_read", "--requests", "100", "--temperature", "96"}).out;
  CHECK_THAT(out, contains("channel 0 at 96 degC: refresh rate 4, each row every 15.974 ms, bit error rate"));
  CHECK_THAT(out, contains("bit errors expected per interval"));
}

TEST_CASE("dram --help shows defaults, and explain the unit of timings") {
  const std::string help = run_kiln({"dram", "--help"}).out;
  for (const char* part : {"=100000 ", "=B ", "=saturating ", "T,T,..."}) CHECK_THAT(help, contains(part));
  for (const char* key : {"tRFCab", "timing.RL", "refresh_cycles", "power_down_after"})
    CHECK_THAT(run_kiln({"explain", key}).out, contains("in clock cycles"));
}

TEST_CASE("the highest stable load alone is told without the head of a table of loads") {
  const std::vector<std::string> words = {"noc", "--config", source("configs/parts/noc/reference_p1.yaml"),
                                          "--pattern", "uniform"};
  std::vector<std::string> alone = words, with_load = words;
  alone.insert(alone.end(), {"--saturation"});
  with_load.insert(with_load.end(), {"--saturation", "--rate", "0.1"});
  const ProcessResult load = run_kiln(alone);
  CHECK(load.exit_code == 0);
  CHECK(load.out.starts_with("highest stable load"));
  CHECK_THAT(run_kiln(with_load).out, contains("offered") && contains("highest stable load"));
}

TEST_CASE("a dense LPDDR4 is refreshed as its temperature asks, alone and in a chip") {
  const std::string part = source("configs/parts/dram/lpddr4_4266.yaml");
  const auto bandwidth = [&](const std::string& celsius) {
    const ProcessResult run = dram({"--pattern", "seq_read", "--mapping", "B", "--requests", "50000",
                                    "--temperature", celsius, "--format", "json"},
                                   part);
    INFO(run.err);
    REQUIRE(run.exit_code == 0);
    return nlohmann::json::parse(run.out)["bandwidth_GBps"].get<double>();
  };
  const double cool = bandwidth("50"), hot = bandwidth("100");
  // REFab of 380 ns every 976 ns, and the rows that it closes.
  CHECK(hot < (1 - 0.39) * cool);
  CHECK(hot > (1 - 0.39) * cool * 0.9);
  const ProcessResult chip = run_kiln(
      {"validate", source("configs/experiments/passive_edge.yaml"), "--set", "soc.memory.dram=" + part});
  INFO(chip.err);
  CHECK(chip.exit_code == 0);
}
