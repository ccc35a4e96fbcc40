// SPDX-License-Identifier: MIT
#include <algorithm>

#include <nlohmann/json.hpp>

#include "cli/commands/kiln.h"
#include "support/catch.h"
#include "support/svg_text.h"

using namespace kiln::testing;
using Catch::Matchers::WithinRel;
using nlohmann::json;

namespace {

/// A step that takes a millisecond, in its steady state, in a fanless box.
std::string write_small(const ScratchFolder& scratch) {
  return scratch.write("small.yaml",
                       fmt::format("name: small\nworkload: {0}/configs/workloads/lenet5_r28.yaml\n"
                                   "training: {{batch: 2}}\nsoc: {0}/configs/soc/edge_lpddr5.yaml\n"
                                   "environment: {{ambient: 35 degC}}\n",
                                   KILN_SOURCE_DIR));
}

/// Steps are kept between the runs of a test.
ProcessResult solve(const ScratchFolder& scratch, std::vector<std::string> words) {
  ::setenv("KILN_CACHE", (scratch.path() / "cache").c_str(), 1);
  words.insert(words.begin(), {"solve", write_small(scratch)});
  ProcessOptions options;
  options.folder = scratch.path();
  ProcessResult result = run_kiln(std::move(words), options);
  ::setenv("KILN_CACHE", "off", 1);
  return result;
}

json answer_of(const ScratchFolder& scratch, const std::string& folder) {
  return json::parse(scratch.read(folder + "/answer.json"));
}

double number(const json& point, const std::string& metric) {
  return point["numbers"][metric]["value"];
}

double key_of(const json& point) {
  const std::string text = point["settings"][0];
  return std::stod(text.substr(text.find('=') + 1));
}

}  // namespace

TEST_CASE("a constraint ends the range: what is reached, what binds, and what it is worth") {
  const ScratchFolder scratch;
  const ProcessResult result = solve(scratch, {"--maximize", "run.rate", "--over", "run.rate=1..10"});
  CHECK(result.exit_code == 2);  // a key is no number of a run
  const ProcessResult free =
      solve(scratch, {"--maximize", "samples_per_s", "--over", "run.rate=50..500", "--out", "free"});
  REQUIRE(free.exit_code == 0);
  const json top = answer_of(scratch, "free")["answers"][0];
  CHECK(key_of(top["points"][0]) == 500);
  CHECK_THAT(top["bound_by"].dump(), contains("end of the range of run.rate"));

  const double most = number(top["points"][0], "samples_per_s");
  CHECK_THAT(most, WithinRel(500, 1e-9));
  const ProcessResult bound =
      solve(scratch, {"--maximize", "samples_per_s", "--subject-to", "board_power_w<=1.2", "--over",
                      "run.rate=50..2000", "--out", "bound"});
  INFO(bound.err);
  REQUIRE(bound.exit_code == 0);
  const json answer = answer_of(scratch, "bound")["answers"][0];
  const json& point = answer["points"][0];
  CHECK(number(point, "board_power_w") <= 1.2);
  CHECK(number(point, "board_power_w") > 1.2 * 0.995);
  CHECK(answer["bound_by"][0] == "board_power_w<=1.2");
  // Above its idle power a chip draws in proportion: the worth is the slope between two runs.
  const double per_unit = answer["objective_per_unit_of_limit"];
  const auto& slope = answer["sensitivity"][0];
  const double rise = slope["objective"][1].get<double>() - slope["objective"][0].get<double>();
  const auto& power = slope["constraints"]["board_power_w<=1.2"];
  CHECK_THAT(per_unit, WithinRel(rise / (power[1].get<double>() - power[0].get<double>()), 1e-9));
  CHECK(per_unit > 0);
  CHECK_THAT(bound.out, contains("bound by") && contains("worth") && contains("kiln run"));
  CHECK_THAT(scratch.read("bound/solve.csv"),
             contains("run.rate,samples_per_s,board_power_w,allowed,validity"));
  CHECK_THAT(scratch.read("bound/solve.svg"), contains("<svg"));
  const std::vector<double> ticks = ticks_of(scratch.read("bound/solve.svg"));
  CHECK(ticks.size() > 8);
  CHECK(*std::min_element(ticks.begin(), ticks.end()) >= 0);  // rates and powers
  // The command that it names gives the same numbers.
  const ProcessResult again = run_kiln({"run", write_small(scratch), "--set", point["settings"][0],
                                        "--format", "json", "--out", (scratch.path() / "again").string()});
  CHECK_THAT(json::parse(again.out)["board_power_w"].get<double>(),
             WithinRel(number(point, "board_power_w"), 1e-9));
}

TEST_CASE("of values the best is chosen, those that cannot win are left out, and each case has its answer") {
  const ScratchFolder scratch;
  const std::vector<std::string> question = {"--maximize", "samples_per_s", "--subject-to",
                                             "skin_temperature_c<=36.5"};
  const auto with = [&](std::vector<std::string> words) {
    words.insert(words.begin(), question.begin(), question.end());
    return solve(scratch, std::move(words));
  };
  REQUIRE(with({"--over", "run.rate=10..3000", "environment.ambient={30,34}", "--out", "over"}).exit_code ==
          0);
  REQUIRE(with({"--over", "run.rate=10..3000", "--each", "environment.ambient={30,34}", "--out", "each"})
              .exit_code == 0);
  const json over = answer_of(scratch, "over")["answers"][0], each = answer_of(scratch, "each")["answers"];
  REQUIRE(each.size() == 2);
  CHECK(each[0]["case"]["environment.ambient"] == "30 degC");
  const auto rate = [](const json& answer) { return number(answer["points"][0], "samples_per_s"); };
  CHECK(rate(each[0]) >= rate(each[1]));
  CHECK_THAT(rate(over), WithinRel(rate(each[0]), 2e-3));
  CHECK(over["left_out"].size() == 1);
  CHECK_THAT(over["left_out"][0].get<std::string>(), contains("34 degC"));
}

TEST_CASE("runs that share what no axis changes give what a run by itself gives, to the last digit") {
  const ScratchFolder scratch;
  const ProcessResult result =
      solve(scratch, {"--maximize", "samples_per_s", "--subject-to", "skin_temperature_c<=200",
                      "--subject-to", "energy_j<=10", "--subject-to", "board_power_w<=100", "--over",
                      "run.rate={100,300}", "--each", "environment.ambient={20 degC,30 degC}", "--each",
                      "governor.policies={[{kind: performance}],[{kind: powersave}]}", "--out", "shared"});
  INFO(result.err);
  const json answers = answer_of(scratch, "shared")["answers"];
  REQUIRE(answers.size() == 4);
  std::size_t compared = 0;
  for (const json& answer : answers)
    for (const json& point : answer["points"]) {
      std::vector<std::string> words{
          "run", write_small(scratch), "--format", "json", "--out", (scratch.path() / "alone").string()};
      for (const std::string setting : point["settings"]) words.insert(words.end(), {"--set", setting});
      const json alone = json::parse(run_kiln(words).out);
      for (const char* key : {"samples_per_s", "skin_temperature_c", "energy_j", "board_power_w"}) {
        CHECK(number(point, key) == alone[key].get<double>());
        ++compared;
      }
    }
  CHECK(compared >= 8);
}

TEST_CASE("two objectives give a front of which no point is better than another in both") {
  const ScratchFolder scratch;
  const ProcessResult result =
      solve(scratch, {"--minimize", "step_time_s", "--minimize", "energy_j", "--over",
                      "training.batch={1,2,4}", "mapping.parallel={data,channel}", "--out", "front"});
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  const json answer = answer_of(scratch, "front")["answers"][0];
  CHECK(answer["runs"]["all"] == 6);
  const auto& front = answer["points"];
  REQUIRE(!front.empty());
  for (std::size_t i = 1; i < front.size(); ++i) {
    CHECK(number(front[i - 1], "step_time_s") < number(front[i], "step_time_s"));
    CHECK(number(front[i - 1], "energy_j") > number(front[i], "energy_j"));
  }
}

TEST_CASE("no answer is said with exit code 3, invalid runs never win") {
  const ScratchFolder scratch;
  const ProcessResult none =
      solve(scratch, {"--maximize", "samples_per_s", "--subject-to", "skin_temperature_c<=20", "--over",
                      "run.rate=50..500", "--out", "none"});
  CHECK(none.exit_code == 3);
  CHECK_THAT(none.out, contains("no point that was tried is allowed") && contains("does not hold"));
  CHECK_THAT(none.err, contains("no answer"));
  // The guard switches a die of more than 40 degC off: hot rooms are invalid, though nothing else forbids
  // them.
  const ProcessResult hot = solve(
      scratch, {"--maximize", "peak_temperature_max_c", "--over", "environment.ambient=20..60degC", "--set",
                "governor.guard.shutdown=50degC", "governor.guard.restart_below=40degC", "--out", "hot"});
  INFO(hot.out << hot.err);
  REQUIRE(hot.exit_code == 0);
  const json answer = answer_of(scratch, "hot")["answers"][0];
  CHECK(answer["runs"]["invalid"].get<int>() > 0);
  CHECK(answer["points"][0]["validity"]["state"] != "invalid");
  CHECK_THAT(answer["bound_by"].dump(), contains("validity"));
}

TEST_CASE("bad questions are refused at once, and a folder of the user's is left alone") {
  const ScratchFolder scratch;
  const auto error = [&](std::vector<std::string> words) {
    const ProcessResult result = solve(scratch, std::move(words));
    CHECK(result.exit_code == 2);
    CHECK(only_our_lines(result.err));
    return result.err;
  };
  const std::vector<std::string> rate = {"--over", "run.rate=50..500"};
  CHECK_THAT(error({"--maximize", "samples_per_sec", rate[0], rate[1]}), contains("samples_per_s"));
  CHECK_THAT(error({rate[0], rate[1]}), contains("--maximize"));
  CHECK_THAT(error({"--maximize", "samples_per_s"}), contains("--over"));
  CHECK_THAT(error({"--maximize", "samples_per_s", rate[0], rate[1], "--subject-to", "energy_j==1"}),
             contains("< <= > >="));
  CHECK_THAT(error({"--maximize", "samples_per_s", rate[0], rate[1], "--each", "run.rate=3"}),
             contains("under --over"));
  CHECK_THAT(error({"--maximize", "samples_per_s", "--over", "soc.npu.rows=0..8"}), contains("at least"));
  scratch.write("mine/notes.txt", "mine");
  CHECK_THAT(error({"--maximize", "samples_per_s", rate[0], rate[1], "--out", "mine"}), contains("mine"));
  CHECK(scratch.read("mine/notes.txt") == "mine");
}

TEST_CASE("of two ranges both come to where nothing is left to gain") {
  const ScratchFolder scratch;
  const ProcessResult result = solve(
      scratch, {"--maximize", "samples_per_s", "--subject-to", "skin_temperature_c<=36.5", "--over",
                "run.rate=10..3000", "environment.ambient=30..36degC", "--max-runs", "90", "--out", "two"});
  INFO(result.out << result.err);
  REQUIRE(result.exit_code == 0);
  const double both = number(answer_of(scratch, "two")["answers"][0]["points"][0], "samples_per_s");
  REQUIRE(solve(scratch, {"--maximize", "samples_per_s", "--subject-to", "skin_temperature_c<=36.5", "--over",
                          "run.rate=10..3000", "--set", "environment.ambient=30degC", "--out", "one"})
              .exit_code == 0);
  const double one = number(answer_of(scratch, "one")["answers"][0]["points"][0], "samples_per_s");
  CHECK_THAT(both, WithinRel(one, 5e-3));  // the coolest room is the best
}

TEST_CASE("a narrower range that holds the best clock still finds it, and says that it lies inside") {
  const ScratchFolder scratch;
  const std::string clock = "soc.operating_points.points.0.frequency";
  const auto best = [&](const std::string& range) {
    const ProcessResult result =
        solve(scratch, {"--maximize", "samples_per_joule", "--set",
                        "soc.operating_points.points=[{frequency: 800 MHz}]", "--over", clock + "=" + range,
                        "--tolerance", "0.01", "--out", range});
    INFO(result.out << result.err);
    REQUIRE(result.exit_code == 0);
    return answer_of(scratch, range)["answers"][0];
  };
  const json wide = best("200MHz..1700MHz");
  CHECK(wide["bound_by"][0] == "nothing: the optimum lies inside");
  const double top = key_of(wide["points"][0]) * 1e6, most = number(wide["points"][0], "samples_per_joule");
  for (const double low : {0.95, 0.8}) {  // below the top, which lies in the first part of five
    const json narrow = best(fmt::format("{:.1f}MHz..1700MHz", low * top / 1e6));
    CHECK_THAT(number(narrow["points"][0], "samples_per_joule"), WithinRel(most, 5e-3));
    CHECK(narrow["bound_by"][0] == "nothing: the optimum lies inside");
  }
}

TEST_CASE("at equal area each key by itself spends what the listed one does, and gives what a run gives") {
  const ScratchFolder scratch;
  const ProcessResult result =
      solve(scratch, {"--maximize", "samples_per_s", "--subject-to", "energy_j<=1", "--at-equal", "area",
                      "--over", "soc.memory.dram.organisation.channels={8}", "--over",
                      "soc.npu.local_sram=512KiB..8MiB", "--out", "equal"});
  INFO(result.out << result.err);
  REQUIRE(result.exit_code == 0);
  const json found = answer_of(scratch, "equal");
  const double area = found["equal"]["value"];
  CHECK(area > found["as_it_is"]["numbers"]["die_area_m2"].get<double>());
  REQUIRE(found["ways"].size() == 2);
  std::size_t best = found["as_it_is"]["best_in"].size();
  for (const json& way : found["ways"]) {
    const double spent = way["numbers"]["die_area_m2"];
    CHECK(spent <= area);
    CHECK(spent > 0.99 * area);
    CHECK(way["reaches"] == true);
    best += way["best_in"].size();
    const ProcessResult alone = run_kiln({"run", write_small(scratch), "--set", way["settings"][0],
                                          "--format", "json", "--out", (scratch.path() / "alone").string()});
    CHECK(json::parse(alone.out)["samples_per_s"] == way["numbers"]["samples_per_s"]);
  }
  CHECK(best >= 1);  // a network of this size fits anywhere: ways may be level
  CHECK_THAT(result.out, contains("as it is") && contains("best samples_per_s"));
  CHECK_THAT(scratch.read("equal/solve.csv"), contains("way,die_area_m2,samples_per_s,energy_j,allowed"));
  CHECK_THAT(scratch.read("equal/report.html"), contains("die_area_m2"));
}

TEST_CASE("what is equal has to be known, reachable and the only question") {
  const ScratchFolder scratch;
  const auto asked = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"--maximize", "samples_per_s", "--over", "soc.npu.local_sram=512KiB..1MiB"});
    return solve(scratch, std::move(words));
  };
  const ProcessResult open = asked({"--at-equal", "area"});
  CHECK(open.exit_code == 2);
  CHECK_THAT(open.err, contains("die_area_m2=NUMBER"));
  CHECK(asked({"--at-equal", "die_area=1"}).exit_code == 2);
  CHECK(asked({"--at-equal", "area=1 mm2"}).exit_code == 2);
  CHECK(asked({"--at-equal", "area=1", "--each", "environment.ambient={20 degC,30 degC}"}).exit_code == 2);
  const ProcessResult none = asked({"--at-equal", "area=1e-6", "--out", "none"});
  CHECK(none.exit_code == 3);
  CHECK_THAT(none.out, contains("no value fits"));
  const ProcessResult far = asked({"--at-equal", "area=1", "--out", "far"});
  CHECK(far.exit_code == 0);
  CHECK_THAT(far.out, contains("soc.npu.local_sram=1 MiB") && contains("spends less"));
}
