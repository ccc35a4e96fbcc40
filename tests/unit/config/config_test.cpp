// SPDX-License-Identifier: MIT
#include <filesystem>
#include <fstream>

#include "base/file.h"
#include "config/load.h"
#include "support/catch.h"

using namespace kiln;
using config::Dimension;

namespace sample {

enum class Policy { open, closed };
std::span<const config::EnumName<Policy>> enum_names(const Policy*) {
  static constexpr config::EnumName<Policy> kNames[] = {{Policy::open, "open"}, {Policy::closed, "closed"}};
  return kNames;
}

struct Part {
  int rows = 4;
  double clock_hz = 1e9;
};
const config::Record<Part>& describe(const Part*) {
  static const auto record =
      config::Record<Part>("part", "A part")
          .field("rows", &Part::rows, {.doc = "Rows", .min = 1, .max = 64, .source = "estimate"})
          .field("clock", &Part::clock_hz, {.doc = "Clock", .unit = Dimension::frequency, .min = 1e6});
  return record;
}

struct Whole {
  std::string name;
  Policy policy = Policy::open;
  Part part;
  std::vector<Part> parts;
  std::optional<double> limit_c;
  std::uint64_t capacity_bytes = 1024;
  bool on = true;
};
const config::Record<Whole>& describe(const Whole*) {
  static const auto record =
      config::Record<Whole>("whole", "Everything")
          .field("name", &Whole::name, {.doc = "Name", .required = true})
          .field("policy", &Whole::policy, {.doc = "Policy"})
          .field("part", &Whole::part, {.doc = "One part"})
          .field("parts", &Whole::parts, {.doc = "More parts"})
          .field("limit", &Whole::limit_c, {.doc = "Limit", .unit = Dimension::temperature})
          .field("capacity", &Whole::capacity_bytes, {.doc = "Capacity", .unit = Dimension::bytes})
          .field("on", &Whole::on, {.doc = "Switch"})
          .check([](const Whole& w, config::Checker& check) {
            if (w.on && w.part.rows == 13) check.fail("part", "13 rows cannot be on; switch it off");
          });
  return record;
}

/// The same part in a chip, which decides its clock, and alone.
struct Chip {
  double volt = 1;
};
struct Slot : Part {
  int pins = 8;
};
const config::Record<Slot>& describe(const Slot*) {
  static const auto record = config::Record<Slot>("slot", "A part in a slot")
                                 .field("rows", &Slot::rows, {.doc = "Rows", .min = 1, .max = 64})
                                 .renamed("clock", "'volt' of the chip")
                                 .check([](const Slot& s, config::Checker& check) {
                                   if (s.rows == 13) check.fail("rows", "13 rows fit no slot");
                                 });
  return record;
}
struct Bench : Chip, Slot {
  int seed = 1;
};
const config::Record<Bench>& describe(const Bench*) {
  static const auto record =
      config::Record<Bench>("bench", "A part alone")
          .extends(describe(static_cast<const Slot*>(nullptr)))
          .field("clock", &Bench::clock_hz, {.doc = "Clock", .unit = Dimension::frequency, .min = 1e6})
          .field("seed", &Bench::seed, {.doc = "Seed", .min = 0, .max = 9});
  return record;
}

}  // namespace sample

namespace {

std::string problems_of(const std::string& text, const std::vector<std::string>& overrides = {}) {
  try {
    config::Node tree = config::parse_yaml("f.yaml", text);
    for (const auto& o : overrides) config::apply_override(tree, o);
    config::read_tree<sample::Whole>(tree, "");
  } catch (const base::ConfigError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a good file is read with units and survives a dump") {
  const auto tree = config::parse_yaml(
      "f.yaml",
      "name: a\npolicy: closed\npart: {rows: 8, clock: 800 MHz}\n"
      "parts: [{rows: 2}, {clock: 1.8 GHz}]\nlimit: 85 degC\ncapacity: 2 MiB\non: false\n");
  const auto loaded = config::read_tree<sample::Whole>(tree, "f.yaml");
  CHECK(loaded.value.policy == sample::Policy::closed);
  CHECK(loaded.value.part.clock_hz == 8e8);
  CHECK(loaded.value.parts.at(1).clock_hz == 1.8e9);
  CHECK(loaded.value.limit_c == 85.0);
  CHECK(loaded.value.capacity_bytes == 2u << 20);
  const std::string text = config::dump(loaded.value);
  const auto again = config::read_tree<sample::Whole>(config::parse_yaml("d.yaml", text), "d.yaml");
  CHECK(config::dump(again.value) == text);
}

TEST_CASE("all problems of a file come at once, with place and remedy") {
  const std::string text =
      problems_of("nam: a\npolicy: opn\npart: {rows: 100, clock: 800}\ncapacity: 1.5 B\n");
  CHECK_THAT(text, kiln::testing::contains("f.yaml:1:1: nam: unknown key in whole; did you mean 'name'?"));
  CHECK_THAT(text, kiln::testing::contains("name: is missing"));
  CHECK_THAT(text,
             kiln::testing::contains(
                 "f.yaml:2:9: policy: 'opn' is not allowed; allowed: open, closed; did you mean 'open'?"));
  CHECK_THAT(text, kiln::testing::contains(
                       "f.yaml:3:14: part.rows: '100' is out of range; allowed: at least 1 and at most 64"));
  CHECK_THAT(text, kiln::testing::contains("part.clock: '800' has no unit"));
  CHECK_THAT(text, kiln::testing::contains("capacity: '1.5 B' is not a whole number"));
}

TEST_CASE("YAML traps are errors") {
  CHECK_THAT(problems_of("name: a\nname: b\n"),
             kiln::testing::contains("f.yaml:2:1: name: duplicate key, first written at line 1"));
  CHECK_THAT(problems_of("name: a\npart: {rows: 010}\n"), kiln::testing::contains("is not a whole number"));
  CHECK_THAT(problems_of("name: a\non: yes\n"), kiln::testing::contains("allowed: true, false"));
  CHECK_THAT(problems_of("name: [a"), kiln::testing::contains("f.yaml:1:"));
  CHECK_THAT(problems_of("name: a\n---\nname: b\n"), kiln::testing::contains("second document"));
  CHECK_THAT(problems_of(""), kiln::testing::contains("is empty"));
  CHECK_THAT(problems_of("- 1\n"), kiln::testing::contains("a map"));
}

TEST_CASE("rules across fields point at the key") {
  CHECK_THAT(problems_of("name: a\npart: {rows: 13}\n"),
             kiln::testing::contains("f.yaml:2:7: part: 13 rows"));
  CHECK(problems_of("name: a\npart: {rows: 13}\n", {"on=false"}).empty());
}

TEST_CASE("the --set option goes through the same checks") {
  CHECK(problems_of("name: a\n", {"part.rows=8", "limit=70 degC", "parts=[{rows: 1}]", "parts.0.rows=3"})
            .empty());
  CHECK_THAT(problems_of("name: a\n", {"part.rows=many"}),
             kiln::testing::contains("--set part.rows=many: part.rows: 'many'"));
  CHECK_THAT(problems_of("name: a\n", {"part.row=1"}), kiln::testing::contains("did you mean 'rows'?"));
  CHECK_THAT(problems_of("name: a\n", {"rows"}), kiln::testing::contains("expected key=value"));
  CHECK_THAT(problems_of("name: a\nparts: [{rows: 1}]\n", {"parts.4.rows=1"}),
             kiln::testing::contains("no such list item"));
}

TEST_CASE("list items are addressed by number or by name, also through an included file") {
  const char* text = "parts:\n  - {name: left, rows: 1}\n  - {name: right, rows: 2}\n";
  const auto rows_of = [](const config::Node& tree, std::size_t item) {
    return tree.find("parts")->list.at(item).find("rows")->scalar;
  };
  config::Node tree = config::parse_yaml("a", text);
  config::apply_override(tree, "parts.right.rows=7");
  config::apply_override(tree, "parts.0.rows=5");
  CHECK(rows_of(tree, 0) == "5");
  CHECK(rows_of(tree, 1) == "7");
  CHECK_THROWS_WITH(config::apply_override(tree, "parts.middle.rows=1"),
                    kiln::testing::contains("by name: left, right"));

  config::Node including;  // the list stands in a file that is merged below the overrides
  config::apply_override(including, "parts.right.rows=8");
  config::Node included = config::parse_yaml("a", text);
  config::merge(included, including);
  CHECK(rows_of(included, 0) == "1");
  CHECK(rows_of(included, 1) == "8");
}

TEST_CASE("parts are included and overridden") {
  const auto folder = std::filesystem::temp_directory_path() / "kiln_config_test";
  std::filesystem::create_directories(folder / "sub");
  const auto put = [&](const char* name, const char* text) { std::ofstream(folder / name) << text; };
  put("sub/part.yaml", "rows: 8\nclock: 500 MHz\n");
  put("whole.yaml", "name: a\npart: {from: sub/part.yaml, rows: 9}\nparts: [sub/part.yaml]\n");
  put("circle.yaml", "name: a\npart: circle_part.yaml\n");
  put("circle_part.yaml", "from: circle_part.yaml\n");
  put("outer.yaml", "name: a\npart: sub/part.yaml\n");
  put("bad.yaml", "name: a\npart: sub/none.yaml\n");
  const auto loaded =
      config::load<sample::Whole>((folder / "whole.yaml").string(), {"part.clock=1 GHz", "parts.0.rows=2"});
  CHECK(loaded.value.part.rows == 9);
  CHECK(loaded.value.part.clock_hz == 1e9);
  CHECK(loaded.value.parts.at(0).rows == 2);
  CHECK(loaded.files.size() == 2);
  // An override reaches through a file that is itself included by another one.
  config::Node over = config::parse_yaml("over", "from: outer.yaml\npart: {rows: 3}\n");
  config::Node outer = config::parse_yaml_file((folder / "outer.yaml").string());
  over.erase("from");
  config::merge(outer, over);
  const auto merged = config::read_tree<sample::Whole>(outer, "");
  CHECK(merged.value.part.rows == 3);
  CHECK(merged.value.part.clock_hz == 5e8);
  CHECK_THROWS_WITH(config::load<sample::Whole>((folder / "circle.yaml").string()),
                    kiln::testing::contains("includes itself"));
  CHECK_THROWS_WITH(config::load<sample::Whole>((folder / "bad.yaml").string()),
                    kiln::testing::contains("none.yaml: no such file"));
  std::filesystem::remove_all(folder);
}

TEST_CASE("a part alone has what it has in a chip, and keys that the chip refuses with their successor") {
  const auto read = [](const char* text) {
    return config::read_tree<sample::Bench>(config::parse_yaml("f.yaml", text), "").value;
  };
  const sample::Bench bench = read("{rows: 8, clock: 800 MHz, seed: 3}");
  CHECK(bench.volt == 1);
  CHECK(bench.rows == 8);
  CHECK(bench.clock_hz == 800e6);
  CHECK(bench.seed == 3);
  CHECK(bench.pins == 8);
  CHECK(config::dump(read(config::dump(bench).c_str())) == config::dump(bench));
  using kiln::testing::contains;
  CHECK_THROWS_WITH(read("{rows: 13}"), contains("13 rows fit no slot") && contains("f.yaml:1:8"));
  CHECK_THROWS_WITH(config::read_tree<sample::Slot>(config::parse_yaml("f.yaml", "{clock: 1 GHz}"), ""),
                    contains("'volt' of the chip"));
}

TEST_CASE("the schema knows every key") {
  const std::string schema = config::json_schema(describe(static_cast<const sample::Whole*>(nullptr)));
  for (const char* key :
       {"\"policy\"", "\"closed\"", "#/$defs/part", "\"clock\"", "\"additionalProperties\": false"})
    CHECK_THAT(schema, kiln::testing::contains(key));
}

TEST_CASE("half of a character is told as such") {
  CHECK_THROWS_WITH(config::parse_yaml("e.yaml", "name: \"\\ud83d\\ude00\"\n"),
                    kiln::testing::contains("e.yaml:1:") && kiln::testing::contains("half of a character"));
  CHECK(config::parse_yaml("e.yaml", "name: \"\\U0001F600\"\n").find("name")->scalar == "\U0001F600");
}
