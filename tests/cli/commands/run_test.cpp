// SPDX-License-Identifier: MIT
#include <signal.h>

#include <cstdio>

#include <nlohmann/json.hpp>

#include "kiln.h"
#include "support/catch.h"

using namespace kiln::testing;
namespace fs = std::filesystem;

TEST_CASE("a run writes its folder and prints the summary") {
  const ScratchFolder scratch;
  const std::string out = (scratch.path() / "result").string();
  const ProcessResult result = run_kiln({"run", write_tiny(scratch), "--out", out});
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  CHECK(result.err.empty());  // no terminal, no progress
  CHECK_THAT(result.out, contains("Files in " + out));
  for (const char* name : {"manifest.json", "config.effective.yaml", "stats.json", "summary.json",
                           "summary.txt", "layers.csv", "windows.csv", "trace.json", "trace.pftrace"})
    CHECK(fs::file_size(out + "/" + name) > 0);

  // Again into the same place, as JSON, from the effective configuration alone.
  const ProcessResult again =
      run_kiln({"run", out + "/config.effective.yaml", "--out", out, "--format", "json"});
  REQUIRE(again.exit_code == 0);
  const auto summary = nlohmann::json::parse(again.out);
  CHECK(summary.at("step_time_s").get<double>() > 0);
  CHECK(summary == nlohmann::json::parse(scratch.read("result/summary.json")));
}

TEST_CASE("the default folder is named after experiment and content") {
  const ScratchFolder scratch;
  const std::string file = write_tiny(scratch);
  ProcessOptions here;
  here.folder = scratch.path().string();
  REQUIRE(run_kiln({"run", file, "--quiet"}, here).exit_code == 0);
  REQUIRE(run_kiln({"run", file, "--quiet", "--set", "training.batch=1"}, here).exit_code == 0);
  std::size_t folders = 0;
  for (const auto& entry : fs::directory_iterator(scratch.path() / "out")) {
    CHECK(entry.path().filename().string().starts_with("tiny-"));
    ++folders;
  }
  CHECK(folders == 2);
}

TEST_CASE("equal inputs and seed give byte-identical statistics") {
  const ScratchFolder scratch;
  const std::string file = write_tiny(scratch);
  for (const char* out : {"first", "second"})
    REQUIRE(run_kiln({"run", file, "--quiet", "--seed", "7", "--out", (scratch.path() / out).string()})
                .exit_code == 0);
  CHECK(scratch.read("first/stats.json") == scratch.read("second/stats.json"));
  const ProcessResult compared = run_kiln({"compare", (scratch.path() / "first").string(),
                                           (scratch.path() / "second").string(), "--tolerance", "0"});
  CHECK(compared.exit_code == 0);
  CHECK_THAT(compared.out, contains("numbers are equal"));
}

TEST_CASE("compare tells what differs") {
  const ScratchFolder scratch;
  const std::string a = scratch.write("a.json", R"({"step_time_s": 2, "energy_j": 1, "wall_time_s": 5})");
  const std::string b = scratch.write("b.json", R"({"step_time_s": 1, "energy_j": 1, "wall_time_s": 9})");
  const ProcessResult text = run_kiln({"compare", a, b, "--tolerance", "0.1"});
  CHECK(text.exit_code == 3);
  CHECK_THAT(text.out, contains("-50.00 %"));
  CHECK_THAT(text.out, contains("1 of 3 numbers are equal"));
  CHECK(text.err == "kiln: step_time_s differs by more than 0.1\n");
  CHECK(run_kiln({"compare", a, b, "--tolerance", "0.5"}).exit_code == 0);
  CHECK(nlohmann::json::parse(run_kiln({"compare", a, b, "--format", "json"}).out)["energy_j"]["b"] == 1);
  CHECK(run_kiln({"compare", a, scratch.write("c.json", "[1]")}).exit_code == 2);
}

TEST_CASE("the --fail-on option ends with exit code 3 and keeps the results") {
  const ScratchFolder scratch;
  const std::string file = write_tiny(scratch), out = (scratch.path() / "result").string();
  const ProcessResult slow = run_kiln({"run", file, "--quiet", "--out", out, "--fail-on", "step_time_s>0"});
  CHECK(slow.exit_code == 3);
  CHECK_THAT(slow.err, contains("--fail-on step_time_s>0 (step_time_s is "));
  CHECK(fs::exists(out + "/summary.json"));
  CHECK(run_kiln({"run", file, "--quiet", "--out", out, "--fail-on", "step_time_s<0"}).exit_code == 0);
  const ProcessResult unknown = run_kiln({"run", file, "--quiet", "--out", out, "--fail-on", "step_tim_s<0"});
  CHECK(unknown.exit_code == 2);
  CHECK_THAT(unknown.err, contains("did you mean 'step_time_s'?"));
}

TEST_CASE("a folder of somebody else is left alone") {
  const ScratchFolder scratch;
  scratch.write("precious/letter.txt", "do not touch");
  const ProcessResult result =
      run_kiln({"run", write_tiny(scratch), "--out", (scratch.path() / "precious").string()});
  CHECK(result.exit_code == 2);
  CHECK(scratch.read("precious/letter.txt") == "do not touch");
  CHECK(fs::exists(scratch.path() / "precious/letter.txt"));
}

TEST_CASE("an output that cannot be written is told before the simulation") {
  const ScratchFolder scratch;
  const std::string file = write_tiny(scratch);
  const std::string plain_file = scratch.write("plain", "");
  CHECK(run_kiln({"run", file, "--out", plain_file + "/x"}).exit_code == 2);
  CHECK(run_kiln({"run", file, "--out", "/proc/kiln/x"}).exit_code !=
        0);  // nobody writes there, root included
  fs::create_directory(scratch.path() / "locked");
  fs::permissions(scratch.path() / "locked", fs::perms::owner_read | fs::perms::owner_exec);
  if (std::ofstream(scratch.path() / "locked/probe")) return;  // root writes everywhere
  const ProcessResult locked = run_kiln({"run", file, "--out", (scratch.path() / "locked/x").string()});
  CHECK(locked.exit_code == 2);
  CHECK_THAT(locked.err, contains("cannot be written"));
}

TEST_CASE("a disk that fills up leaves no half results") {
  const ScratchFolder scratch;
  ProcessOptions full;
  full.largest_file = 2000;
  const std::string out = (scratch.path() / "result").string();
  const ProcessResult result = run_kiln({"run", write_tiny(scratch), "--out", out}, full);
  CHECK(result.exit_code == 1);
  CHECK_THAT(result.err, contains("cannot write"));
  CHECK(only_our_lines(result.err));
  CHECK_FALSE(fs::exists(out));
}

TEST_CASE("Ctrl-C ends a run with exit code 130 and without results") {
  const ScratchFolder scratch;
  const std::string out = (scratch.path() / "result").string();
  ProcessOptions interrupt;
  interrupt.signal = SIGINT;
  interrupt.signal_after = std::chrono::milliseconds(500);
  const ProcessResult result =
      run_kiln({"run", write_tiny(scratch), "--out", out, "--set", "run.steps=1000000"}, interrupt);
  CHECK(result.exit_code == 130);
  CHECK_THAT(result.err, contains("kiln: error: interrupted"));
  CHECK_FALSE(fs::exists(out));
  CHECK(fs::exists(out + ".failed/config.effective.yaml"));
}

TEST_CASE("progress appears when asked for") {
  const ScratchFolder scratch;
  const ProcessResult result = run_kiln(
      {"run", write_tiny(scratch), "--out", (scratch.path() / "r").string(), "--progress", "always"});
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.err, contains(" %] "));
}

TEST_CASE("a device that switches itself off: results whole, the reason said, exit code 3") {
  const ScratchFolder scratch;
  const std::string out = (scratch.path() / "off").string();
  const ProcessResult result = run_kiln({"run", write_tiny(scratch), "--out", out, "--set",
                                         "run.horizon=steady", "environment.ambient=115degC"});
  CHECK(result.exit_code == 3);
  CHECK_THAT(result.err, contains("the result is invalid: ") && contains("switched itself off"));
  const auto summary = nlohmann::json::parse(scratch.read("off/summary.json"));
  CHECK(summary.at("validity").at("state") == "invalid");
  const auto& worst = summary.at("validity").at("findings").at(0);
  CHECK(worst.at("code") == "shutdown");
  CHECK(worst.at("value").get<double>() > 0);
  CHECK(summary.at("samples_per_s") == 0);
  CHECK_THAT(scratch.read("off/summary.txt"), contains("INVALID"));
}

TEST_CASE("a clock that no transistor of the node reaches at its voltage is no result") {
  const ScratchFolder scratch;
  const std::string out = (scratch.path() / "starved").string();
  for (const char* voltage : {"0.3 V", "0.01 V"}) {
    const ProcessResult result = run_kiln(
        {"run", write_tiny(scratch), "--out", out, "--set", "run.horizon=steady",
         std::string("soc.operating_points.points=[{frequency: 800 MHz, voltage: ") + voltage + "}]"});
    CHECK(result.exit_code == 3);
    CHECK_THAT(result.err, contains("the node's speed law allows"));
  }
}

TEST_CASE("what a run misses without being invalid is a warning, and the exit code stays") {
  const ScratchFolder scratch;
  const std::string out = (scratch.path() / "warm").string();
  const auto codes = [&](const std::vector<std::string>& set) {
    std::vector<std::string> arguments = {"run",   write_tiny(scratch), "--out", out, "--quiet",
                                          "--set", "run.horizon=steady"};
    arguments.insert(arguments.end(), set.begin(), set.end());
    const ProcessResult result = run_kiln(arguments);
    INFO(result.err);
    CHECK(result.exit_code == 0);
    const auto validity = nlohmann::json::parse(scratch.read("warm/summary.json")).at("validity");
    std::vector<std::string> found;
    for (const auto& finding : validity.at("findings")) found.push_back(finding.at("code"));
    return std::pair(validity.at("state").get<std::string>(), found);
  };
  const auto has = [](const std::vector<std::string>& found, const char* code) {
    return std::find(found.begin(), found.end(), code) != found.end();
  };
  const auto [cool, nothing] = codes({});
  CHECK(cool == "ok");
  const auto [hot, skin] = codes({"environment.ambient=45degC"});
  CHECK(hot == "warn");
  CHECK(has(skin, "skin_too_hot"));
  const auto [asked, rate] = codes({"run.rate=1e9"});
  CHECK(asked == "warn");
  CHECK(has(rate, "rate_not_reached"));
  const auto [capped, cap] = codes({"governor.policies=[{kind: power_cap, power_cap: {cap: 0.1 W}}]"});
  CHECK(capped == "warn");
  CHECK(has(cap, "power_cap_exceeded"));
  const auto points = [&](const std::string& point) {
    return codes({"soc.operating_points.points=[{" + point + "}]"});
  };
  const auto [fast, doubted] = points("frequency: 1.4 GHz, voltage: 0.6 V");
  CHECK(fast == "warn");
  CHECK(has(doubted, "beyond_speed_law"));
  const auto [high, beyond] = points("frequency: 800 MHz, voltage: 1.3 V");
  CHECK(has(beyond, "outside_model"));
  const auto [lawful, none] = points("frequency: 800 MHz, voltage: 0.6 V");
  CHECK(!has(none, "beyond_speed_law"));
  CHECK(!has(none, "outside_model"));
  CHECK(has(codes({"soc.noc.link_length=20mm"}).second, "link_too_long"));
  CHECK(!has(codes({"soc.noc.link_length=2mm"}).second, "link_too_long"));
  const auto [idle, policy] = codes({"governor.policies=[{kind: step_wise}]", "run.audit_windows=0"});
  CHECK(idle == "ok");
  CHECK(has(policy, "policy_never_acted"));
  CHECK(has(policy, "not_audited"));
}

TEST_CASE("the hottest is over everything that has a limit, and headroom moves with the limit") {
  const ScratchFolder scratch;
  const std::string phone = (fs::path(KILN_SOURCE_DIR) / "configs/experiments/wearable_kws.yaml").string();
  const auto run = [&](const std::string& name, const std::string& setting) {
    const ProcessResult result =
        run_kiln({"run", phone, "--out", (scratch.path() / name).string(), "--quiet", "--set", setting});
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    return nlohmann::json::parse(scratch.read(name + "/summary.json"));
  };
  const auto strict = run("strict", "soc.package.skin_limit=35degC"),
             loose = run("loose", "soc.package.skin_limit=45degC");
  double hottest_c = strict["skin_temperature_c"];
  for (const auto& [block, celsius] : strict["peak_temperature_c"].items())
    hottest_c = std::max(hottest_c, celsius.get<double>());
  CHECK(strict["hottest_part_c"] == hottest_c);
  CHECK(strict["peak_temperature_c"][strict["hottest_part"].get<std::string>()] == hottest_c);
  CHECK_THAT(loose["headroom_k"]["skin"].get<double>() - strict["headroom_k"]["skin"].get<double>(),
             Catch::Matchers::WithinAbs(10, 1e-6));
  CHECK(loose["headroom_k"]["die"] == strict["headroom_k"]["die"]);
  // The hottest first in one line, the nearest to its limit in the other.
  const std::string text = scratch.read("strict/summary.txt");
  CHECK_THAT(text, contains("  hottest     " + strict["hottest_part"].get<std::string>() + " ") &&
                       contains("  headroom    skin "));
}

TEST_CASE("a run's timeline shows how full the write queues are") {
  const ScratchFolder scratch;
  const auto fullest_bytes = [&](const std::string& name, const char* window) {
    const std::string out = (scratch.path() / name).string();
    const ProcessResult run = run_kiln({"run", write_tiny(scratch), "--out", out, "--quiet", "--set",
                                        std::string("soc.dma.write_window=") + window});
    INFO(run.err);
    REQUIRE(run.exit_code == 0);
    double most = -1;
    const auto trace = nlohmann::json::parse(scratch.read(name + "/trace.json"));
    for (const auto& event : trace["traceEvents"])
      if (event["name"] == "write queue of all tiles")
        most = std::max(most, event["args"]["B"].get<double>());
    CHECK(scratch.read(name + "/trace.pftrace").size() > 100);
    return most;
  };
  const double narrow = fullest_bytes("narrow", "4KiB"), wide = fullest_bytes("wide", "32KiB");
  CHECK(narrow > 0);
  CHECK(wide > 2 * narrow);  // the same stores, let out at once
}

TEST_CASE("a window of a run's timeline is cut after the run") {
  const ScratchFolder scratch;
  const std::string run = (scratch.path() / "run").string(), out = (scratch.path() / "cut").string();
  REQUIRE(run_kiln({"run", write_tiny(scratch), "--out", run, "--quiet"}).exit_code == 0);
  const ProcessResult cut = run_kiln({"trace", run, "--window", "20us..60us", "--out", out});
  INFO(cut.err);
  REQUIRE(cut.exit_code == 0);
  CHECK_THAT(cut.out, contains("20 us to 60 us of ") && contains("npu0"));
  const std::string whole = scratch.read("run/trace.json"), part = scratch.read("cut/trace.json");
  CHECK(part.size() < whole.size());
  CHECK_THAT(part, contains("\"ts\":20.000000") && contains("\"name\":\"power\""));
  CHECK(scratch.read("cut/trace.pftrace").size() > 100);
  // Again from the file itself, within the window: the same as from the whole.
  const std::string one = (scratch.path() / "one").string(), two = (scratch.path() / "two").string();
  REQUIRE(run_kiln({"trace", run, "--window", "30us..40us", "--out", one}).exit_code == 0);
  REQUIRE(run_kiln({"trace", out + "/trace.json", "--window", "30us..40us", "--out", two}).exit_code == 0);
  CHECK(scratch.read("one/trace.json") == scratch.read("two/trace.json"));
  for (const char* window : {"60us..20us", "20us", "10 s..11 s", "a..b", "1..2"}) {
    const ProcessResult refused = run_kiln({"trace", run, "--window", window, "--out", out});
    CHECK(refused.exit_code == 2);
    CHECK_THAT(refused.err, contains("--window"));
  }
  CHECK(run_kiln({"trace", scratch.path().string(), "--window", "1us..2us"}).exit_code == 2);
  CHECK(run_kiln({"trace", run + "/summary.json", "--window", "1us..2us"}).exit_code == 2);
}

TEST_CASE("a curve of a user's own is used, and drawn with the run on it") {
  const ScratchFolder scratch;
  const std::string curve =
      scratch.write("mine.csv", "ratio,steps,low,high\n1,1,,\n4,1.5,1.2,2\n16,3,2.5,3.5\n");
  const auto run = [&](const char* out, const std::vector<std::string>& settings) {
    std::vector<std::string> words{"run", write_tiny(scratch), "--quiet", "--out",
                                   (scratch.path() / out).string()};
    for (const std::string& setting : settings) words.insert(words.end(), {"--set", setting});
    const ProcessResult result = run_kiln(words);
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
  };
  run("plain", {});
  CHECK_FALSE(fs::exists(scratch.path() / "plain" / "curve.csv"));
  run("curved", {"compression.enabled=true", "compression.codec.selection=dense",
                 "compression.codec.values=int8", "compression.work_to_accuracy=" + curve});
  const nlohmann::json summary = nlohmann::json::parse(scratch.read("curved/summary.json"));
  const double ratio = summary.at("compression_ratio"), steps = summary.at("work_to_accuracy");
  CHECK(ratio > 1);
  CHECK(steps > 1);
  const std::string table = scratch.read("curved/curve.csv");
  CHECK_THAT(table,
             contains("kind,ratio,steps,low,high\ncurve,1,1,1,1\ncurve,4,1.5,1.2,2\ncurve,16,3,2.5,3.5\n"));
  const std::string last = table.substr(table.rfind("here,"));
  double ratio_there = 0, steps_there = 0;
  REQUIRE(std::sscanf(last.c_str(), "here,%lf,%lf", &ratio_there, &steps_there) == 2);
  CHECK_THAT(ratio_there, Catch::Matchers::WithinRel(ratio, 1e-6));
  CHECK_THAT(steps_there, Catch::Matchers::WithinRel(steps, 1e-6));
  CHECK_THAT(scratch.read("curved/curve.gp"), contains("set output 'curve.svg'"));
  if (run_process({"sh", "-c", "command -v gnuplot"}).exit_code == 0)
    CHECK_THAT(scratch.read("curved/curve.svg"), contains("this run: ") && contains("mine.csv"));
}
