// SPDX-License-Identifier: MIT
#include "sweep/plan.h"

#include <set>

#include "fake_sweep.h"
#include "support/catch.h"

using namespace kiln;
using namespace kiln::testing;

TEST_CASE("a plan holds every combination, the last axis fastest") {
  const ScratchFolder scratch;
  const sweep::Plan plan = sweep::make_plan(write_fake_sweep(scratch), {}, fake_identity);
  REQUIRE(plan.points.size() == 6);
  CHECK(sweep::label_text(plan.points[0].labels()) == "one, low");
  CHECK(sweep::label_text(plan.points[1].labels()) == "one, high");
  CHECK(sweep::label_text(plan.points[5].labels()) == "three, high");
  CHECK(number_at(plan.points[4].experiment(), "a") == 3);
  CHECK(number_at(plan.points[4].experiment(), "inner.b") == 10);
  std::set<std::string> hashes;
  for (const auto& point : plan.points) hashes.insert(point.hash);
  CHECK(hashes.size() == 6);
}

TEST_CASE("the --set option is stronger than the axes, and points that it makes equal are refused") {
  const ScratchFolder scratch;
  const std::string file = write_fake_sweep(scratch);
  CHECK(number_at(sweep::make_plan(file, {"other=7"}, fake_identity).points[0].experiment(), "other") == 7);
  CHECK_THROWS_WITH(sweep::make_plan(file, {"a=9"}, fake_identity),
                    contains("two points are the same experiment: 'one, low' and 'two, low'"));
}

TEST_CASE("file names in a sweep are relative to the sweep") {
  const ScratchFolder scratch;
  const std::string file = write_fake_sweep(scratch,
                                            "name: n\nexperiment: base.yaml\naxes: [{name: p, values: "
                                            "[{label: x, set: {inner: parts/i.yaml}}]}]\n");
  const sweep::Plan plan = sweep::make_plan(file, {}, fake_identity);
  const config::Node tree = plan.points[0].experiment();
  const config::Node* inner = tree.find("inner");
  REQUIRE(inner != nullptr);
  CHECK(config::path_beside(inner->place, inner->scalar) ==
        (scratch.path() / "configs/parts/i.yaml").string());
}

TEST_CASE("problems of points are told once, with the point") {
  const ScratchFolder scratch;
  const auto refuse = [](const config::Node& tree, const std::string&,
                         const config::ParsedFiles&) -> std::string {
    throw base::ConfigError(tree.find("a")->place, "a", "is not good");
  };
  try {
    sweep::make_plan(write_fake_sweep(scratch), {}, refuse);
    FAIL("accepted");
  } catch (const base::ConfigError& error) {
    REQUIRE(error.problems().size() == 3);  // one per value of a, not one per point
    CHECK_THAT(error.problems()[0].text(), contains("sweep.yaml:6:"));
    CHECK_THAT(error.problems()[0].text(), contains("(point 'one, low')"));
  }
}

TEST_CASE("mistakes in a sweep file are refused") {
  const ScratchFolder scratch;
  const auto plan = [&](const std::string& text) {
    return sweep::make_plan(write_fake_sweep(scratch, text), {}, fake_identity);
  };
  CHECK_THROWS_WITH(plan("name: n\nexperiment: base.yaml\naxes: []\n"), contains("at least one axis"));
  CHECK_THROWS_WITH(plan("name: n\nexperiment: base.yaml\naxes: [{name: a, values: []}]\n"),
                    contains("at least one value"));
  CHECK_THROWS_WITH(
      plan("name: n\nexperiment: base.yaml\naxes: [{name: a, values: [{label: x}]}]\nplot: {x: aa}\n"),
      contains("no axis 'aa'; did you mean 'a'?") || contains("no axis 'aa'; allowed: a"));
  CHECK_THROWS_WITH(plan("name: n\nexperiment: none.yaml\naxes: [{name: a, values: [{label: x}]}]\n"),
                    contains("none.yaml: no such file"));
  CHECK_THROWS_WITH(
      plan("name: n\nexperiment: base.yaml\naxes: [{name: a, values: [{label: x}, {label: x}]}]\n"),
      contains("two values are labelled 'x'"));
}

TEST_CASE("bare values of an axis set its key and are their own labels") {
  const ScratchFolder scratch;
  const std::string file = write_fake_sweep(
      scratch,
      "name: n\nexperiment: base.yaml\naxes: [{name: b, key: inner.b, values: [1, 2.5, {label: none}]}]\n");
  const sweep::Plan plan = sweep::make_plan(file, {}, fake_identity);
  REQUIRE(plan.points.size() == 3);
  CHECK(number_at(plan.points[1].experiment(), "inner.b") == 2.5);
  CHECK(sweep::label_text(plan.points[1].labels()) == "2.5");
  CHECK(number_at(plan.points[2].experiment(), "inner.b") == 0);
  const auto folder = scratch.path() / "out";
  sweep::write_plan(plan, folder);
  const sweep::SweepConfig again = sweep::read_effective_sweep(folder);
  CHECK(again.axes[0].values[1].label == "2.5");
  CHECK(again.axes[0].values[1].set.at("inner.b").scalar == "2.5");
  CHECK_THROWS_WITH(
      sweep::make_plan(
          write_fake_sweep(scratch, "name: n\nexperiment: base.yaml\naxes: [{name: b, values: [1]}]\n"), {},
          fake_identity),
      contains("sweep.yaml:3:") && contains("'1' says not what it sets"));
}

TEST_CASE("a stored plan reads back") {
  const ScratchFolder scratch;
  const sweep::Plan plan = sweep::make_plan(write_fake_sweep(scratch), {"other=7"}, fake_identity);
  const auto folder = scratch.path() / "out";
  sweep::write_plan(plan, folder);
  const sweep::StoredPlan stored = sweep::read_plan(folder);
  CHECK(stored.file == plan.file);
  CHECK(stored.overrides == plan.overrides);
  REQUIRE(stored.points.size() == 6);
  CHECK(stored.points[3].hash == plan.points[3].hash);
  CHECK(stored.points[3].labels == plan.points[3].labels());
  CHECK(sweep::read_effective_sweep(folder).plot.rows.size() == 2);
  CHECK_THROWS_WITH(sweep::read_plan(scratch.path()), contains("holds no plan"));
  scratch.write("out/plan.jsonl", "{\"sweep\": \"x\", \"set\": []}\n{\"hash\"\n");
  CHECK_THROWS_WITH(sweep::read_plan(folder), contains("plan.jsonl:2:1"));
}

TEST_CASE("every damaged line of a plan is told with its place and what to do") {
  const ScratchFolder scratch;
  const std::string head = "{\"sweep\": \"x\", \"set\": []}\n",
                    good = "{\"hash\": \"ab12\", \"labels\": {}}\n";
  const auto error = [&](const std::string& text) {
    scratch.write("plan.jsonl", text);
    try {
      sweep::read_plan(scratch.path());
    } catch (const base::ConfigError& problem) {
      return std::string(problem.what());
    }
    return std::string("accepted");
  };
  CHECK(error(head + good) == "accepted");
  for (const char* bad : {"{\"sweep\": 1, \"set\": []}", "{\"sweep\": \"x\", \"set\": 3}", "[]", "",
                          "{\"set\": []}", "{\"sweep\": \"x\", \"set\": [1]}"})
    CHECK_THAT(error(std::string(bad) + "\n" + good),
               contains("plan.jsonl:1:1: ") && contains("plan the sweep again"));
  for (const char* bad :
       {"{\"hash\": 5, \"labels\": {}}", "{\"hash\": \"ab\", \"labels\": []}", "{\"hash\": \"ab\"}",
        "{\"hash\": \"ab\", \"labels\": {\"a\": 1}}", "{\"hash\": \"../ab\", \"labels\": {}}",
        "{\"hash\": \"\", \"labels\": {}}", "{\"hash\": \"ab\", \"lab", "7"})
    CHECK_THAT(error(head + good + bad + "\n"),
               contains("plan.jsonl:3:1: ") && contains("plan the sweep again"));
}

TEST_CASE("the effective sweep is a sweep of the same points, in any folder") {
  const ScratchFolder scratch;
  const sweep::Plan plan = sweep::make_plan(write_fake_sweep(scratch), {}, fake_identity);
  const auto folder = scratch.path() / "elsewhere" / "out";
  sweep::write_plan(plan, folder);
  CHECK(config::schema_of(scratch.read("elsewhere/out/sweep.effective.yaml")) == "sweep");
  const sweep::Plan again = sweep::make_plan((folder / "sweep.effective.yaml").string(), {}, fake_identity);
  REQUIRE(again.points.size() == plan.points.size());
  for (std::size_t i = 0; i < plan.points.size(); ++i) {
    CHECK(again.points[i].hash == plan.points[i].hash);
    CHECK(again.points[i].labels() == plan.points[i].labels());
  }
}

TEST_CASE("a written sweep has the command line's settings and plans the same points from any folder") {
  const ScratchFolder scratch;
  const std::string file = write_fake_sweep(
      scratch,
      "name: n\nexperiment: base.yaml\nset: {workload: parts/w.yaml}\naxes: [{name: p, values: "
      "[{label: x, set: {inner.b: 1, soc.noc: net.yaml}}, {label: y, set: {inner: {b: 2, c: 3}}}]}]\n");
  const std::vector<std::string> overrides = {"inner.c=9", "soc.package.from=here.yaml", "topology=t.csv"};
  const sweep::Plan plan = sweep::make_plan(file, overrides, fake_identity);
  const std::filesystem::path results = scratch.path() / "elsewhere" / "results";
  sweep::write_plan(plan, results);
  const std::string written = (results / "sweep.effective.yaml").string();
  const sweep::Plan again = sweep::make_plan(written, {}, fake_identity);
  REQUIRE(again.points.size() == 2);
  for (const sweep::Point& point : again.points) {
    CHECK(number_at(point.experiment(), "inner.c") == 9);
    config::Node copy = point.experiment();
    const auto name = [&](const char* key) { return config::node_at(copy, key, {}).scalar; };
    CHECK(name("workload") == (scratch.path() / "configs/parts/w.yaml").string());
    CHECK(name("soc.package.from") == std::filesystem::absolute("here.yaml").string());
    CHECK(name("topology") == std::filesystem::absolute("t.csv").string());
  }
  CHECK(number_at(again.points[0].experiment(), "inner.b") == 1);
  CHECK(number_at(again.points[1].experiment(), "inner.b") == 2);
  config::Node first = again.points[0].experiment();
  CHECK(config::node_at(first, "soc.noc", {}).scalar == (scratch.path() / "configs/net.yaml").string());
}
