// SPDX-License-Identifier: MIT
// Events of a run: those it never meets change nothing, those at 0 s are configuration, replay and kernel
// agree, and the guard saves the chip.
#include <nlohmann/json.hpp>

#include "base/csv.h"
#include "support/catch.h"
#include "support/child_run.h"

using namespace kiln;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using testing::ChildRun;

namespace {

const std::vector<std::string> kMinute = {"run.horizon=duration", "run.duration=60 s"};

ChildRun evented(const std::string& experiment, std::vector<std::string> more, bool minute = true) {
  if (minute) more.insert(more.begin(), kMinute.begin(), kMinute.end());
  return testing::small_run(experiment, more);
}

nlohmann::json finding(const ChildRun& run, const std::string& code) {
  const auto summary = nlohmann::json::parse(run.files.at("summary.json"));
  for (const auto& one : summary.at("validity").at("findings"))
    if (one.at("code") == code) return one;
  return {};
}

/// Numbers that both have must be the same bits; files that show heat, too.
void check_same(const ChildRun& a, const ChildRun& b) {
  for (const auto& [key, value] : a.numbers) {
    if (key == "wall_time_s" || key == "cpu_time_s") continue;
    INFO(key);
    CHECK(b[key] == value);
  }
  CHECK(a.files.at("series.csv") == b.files.at("series.csv"));
}

std::vector<double> column(const ChildRun& run, const char* name) {
  const base::CsvTable table("series.csv", run.files.at("series.csv"));
  std::vector<double> values;
  for (const base::CsvRow& row : table.rows()) values.push_back(row.number(name));
  return values;
}

}  // namespace

TEST_CASE("an event beyond the end of the run changes nothing, and the record says so") {
  for (const char* event : {"ambient: {to: 90 degC}", "sun: {bodies: [lid]}", "altitude: {height: 5000 m}"}) {
    INFO(event);
    const ChildRun without = evented("passive_edge.yaml", {}),
                   with = evented("passive_edge.yaml", {fmt::format("events=[{{at: 60 s, {}}}]", event)});
    check_same(without, with);
    CHECK(finding(with, "event_not_met").at("value") == 1);
    CHECK(finding(with, "event").is_null());
  }
}

TEST_CASE("an event at 0 s is the same as being configured so from the start") {
  check_same(evented("passive_edge.yaml", {"events=[{at: 0 s, ambient: {to: 41 degC}}]"}),
             evented("passive_edge.yaml", {"environment.ambient=41 degC"}));
  check_same(evented("passive_edge.yaml",
                     {"events=[{at: 0 s, sun: {bodies: [lid], irradiance: 800 W/m2, absorptivity: 0.5}}]"}),
             evented("passive_edge.yaml", {"soc.package.bodies.lid.top.absorbed=400 W/m2"}));
  check_same(evented("wearable_kws.yaml",
                     {"events=[{at: 0 s, cover: {bodies: [front], face: top, resistance: 0.04 m2K/W}}]"}),
             evented("wearable_kws.yaml", {"soc.package.bodies.front.top.cover=0.04 m2K/W"}));
  const std::string air = "soc.package=" + std::string(KILN_SOURCE_DIR) + "/configs/packages/forced_air.yaml";
  check_same(evented("passive_edge.yaml", {air, "governor.policies=[{kind: performance}]",
                                           "events=[{at: 0 s, cooling: {bodies: [sink]}}]"}),
             evented("passive_edge.yaml", {air, "governor.policies=[{kind: performance}]",
                                           "soc.package.bodies.sink.top.forced.speed=0"}));
}

TEST_CASE("replay and the kernel agree over events in the middle of steps, and heat stays in balance") {
  const std::vector<std::string> common = {"governor.policies=[{kind: performance, period: 200 us}]",
                                           "run.audit_windows=0",
                                           "events=[{at: 1.05 ms, ambient: {to: 100 degC, over: 1 ms}}, "
                                           "{at: 2.33 ms, sun: {bodies: [lid], irradiance: 1e5 W/m2}}, {at: "
                                           "3.01 ms, altitude: {height: 4000 m}}]"};
  std::vector<std::string> steps = common;
  steps.insert(steps.end(), {"run.horizon=steps", "run.steps=12"});
  const ChildRun detailed = evented("passive_edge.yaml", steps, false);
  const std::vector<double> time_s = column(detailed, "time_s");
  std::vector<std::string> replayed = common;
  replayed.insert(replayed.end(), {"run.horizon=duration", fmt::format("run.duration={} s", time_s.back())});
  const ChildRun replay = evented("passive_edge.yaml", replayed, false);
  REQUIRE(time_s.back() > 3.1e-3);  // all of them are met
  CHECK(finding(detailed, "event_not_met").is_null());
  CHECK(finding(replay, "event_not_met").is_null());
  CHECK_THAT(replay["peak_temperature_max_c"], WithinAbs(detailed["peak_temperature_max_c"], 0.2));
  CHECK_THAT(replay["skin_temperature_c"], WithinAbs(detailed["skin_temperature_c"], 0.2));
  CHECK_THAT(replay["average_power_w"], WithinRel(detailed["average_power_w"], 0.01));
  CHECK(detailed["heat_balance_error"] < 1e-6);
  CHECK(replay["heat_balance_error"] < 1e-6);
}

TEST_CASE("series and picture show the room's ramp and what happened") {
  const ChildRun run =
      evented("passive_edge.yaml",
              {"environment.ambient=20 degC", "events=[{at: 10 s, ambient: {to: 40 degC, over: 20 s}}]"});
  const std::vector<double> time_s = column(run, "time_s"), room_c = column(run, "ambient_c");
  for (std::size_t i = 0; i < time_s.size(); ++i) {
    const double expected = time_s[i] < 10 ? 20 : time_s[i] > 30 ? 40 : 20 + (time_s[i] - 10);
    CHECK_THAT(room_c[i], WithinAbs(expected, 0.1));
  }
  CHECK_THAT(run.files.at("series.labels"), testing::contains("the room goes to 40 degC over 20 s"));
  CHECK_THAT(run.files.at("series.gp"), testing::contains("set arrow from 10,graph 0"));
  CHECK_THAT(run.files.at("series.gp"), testing::contains("'ambient_c'"));
  CHECK(finding(run, "event").at("value") == 10);
}

TEST_CASE("an event that cannot be is refused by name and place") {
  const auto error = [](const char* event) {
    std::vector<std::string> sets = kMinute;
    sets.push_back(fmt::format("events=[{}]", event));
    return testing::run_in_child("passive_edge.yaml", sets).error;
  };
  CHECK_THAT(error("{at: 1 s}"), testing::contains("give one of cooling, ambient, sun, altitude, cover"));
  CHECK_THAT(error("{at: 1 s, sun: {bodies: [lit]}}"), testing::contains("did you mean 'lid'"));
  CHECK_THAT(error("{at: 1 s, cover: {bodies: [board], face: top}}"), testing::contains("events.0.cover"));
  CHECK_THAT(error("{at: 1 s, cooling: {}}"), testing::contains("no fan, pump or cooling device"));
  CHECK_THAT(error("{at: 1 s, ambient: {}}"), testing::contains("is missing"));
  CHECK_THAT(testing::run_in_child("passive_edge.yaml", {"events=[{at: 1 s, ambient: {to: 40 degC}}]"}).error,
             testing::contains("run.horizon"));
}

TEST_CASE("a pump fails: the guard switches the chip off before its limit, and says when") {
  const ChildRun run = testing::good_run("pump_failure.yaml",
                                         {"governor.policies=[{kind: performance}]", "run.duration=900 s"});
  const nlohmann::json off = finding(run, "shutdown");
  REQUIRE_FALSE(off.is_null());
  CHECK(off.at("severity") == "warn");
  CHECK(off.at("value") > 120);
  CHECK(finding(run, "die_too_hot").is_null());
  CHECK(finding(run, "memory_too_hot").is_null());
  CHECK(finding(run, "event").at("value") == 60);
  // Without the failure nothing of this happens, and the pump draws its power to the end.
  const ChildRun well = testing::good_run("pump_failure.yaml", {"events=[]", "run.duration=100 s"});
  CHECK(finding(well, "shutdown").is_null());
  CHECK(column(well, "cooling_w").back() > 1.9);
  CHECK(column(run, "cooling_w").back() == 0);
  CHECK(column(run, "cooling_drive").back() == 0);
}
