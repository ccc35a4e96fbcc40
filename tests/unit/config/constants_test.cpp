// SPDX-License-Identifier: MIT
// Constants with bands, keys that were renamed, files of another version, settings by layer name or pattern.
#include "config/load.h"
#include "config/pattern_map.h"
#include "support/catch.h"

using namespace kiln;
using Catch::Matchers::Contains;
using config::Dimension;

namespace constants {

struct Inner {
  double energy_j = 1e-12;
  std::uint64_t size_bytes = 64;
  int rows = 4;
};
const config::Record<Inner>& describe(const Inner*) {
  static const auto record =
      config::Record<Inner>("inner", "A part")
          .field("energy", &Inner::energy_j, {.doc = "Energy", .unit = Dimension::energy, .min = 0, .max = 1})
          .field("size", &Inner::size_bytes, {.doc = "Size", .unit = Dimension::bytes})
          .field("rows", &Inner::rows, {.doc = "Rows", .min = 1})
          .renamed("joules", "'energy'")
          .renamed("cells", "rows and columns of the array's own file");
  return record;
}

struct Setting {
  bool freeze = false;
  double share = 0.5;
  Inner inner;
};
const config::Record<Setting>& describe(const Setting*) {
  static const auto record = config::Record<Setting>("setting", "Of a layer")
                                 .field("freeze", &Setting::freeze, {.doc = "Frozen"})
                                 .field("share", &Setting::share, {.doc = "Share", .min = 0, .max = 1})
                                 .field("inner", &Setting::inner, {.doc = "Part"})
                                 .check([](const Setting& s, config::Checker& check) {
                                   if (s.freeze && s.share > 0.9)
                                     check.fail("share", "too much of a frozen layer");
                                 });
  return record;
}

struct Outer {
  std::vector<Inner> parts;
  std::optional<double> limit;
  config::PatternMap<Setting> layers;
  config::Bands bands;
};
const config::Record<Outer>& describe(const Outer*) {
  static const auto record = config::Record<Outer>("outer", "All")
                                 .field("parts", &Outer::parts, {.doc = "Parts"})
                                 .field("limit", &Outer::limit, {.doc = "Limit"})
                                 .field("layers", &Outer::layers, {.doc = "By layer"})
                                 .with_bands(&Outer::bands);
  return record;
}

}  // namespace constants

namespace {

constants::Outer read_outer(const std::string& text, const std::vector<std::string>& overrides = {}) {
  config::Node tree = config::parse_yaml("f.yaml", text);
  for (const std::string& o : overrides) config::apply_override(tree, o);
  return config::read_tree<constants::Outer>(tree, "").value;
}

std::string problems_of_outer(const std::string& text) {
  try {
    read_outer(text);
  } catch (const base::ConfigError& error) {
    return error.what();
  }
  return "";
}

const std::string kBand =
    "parts: [{rows: 2}, {energy: {value: 3.9 pJ, low: 2.5 pJ, high: 6 pJ, confidence: medium, source: \"a: "
    "b\"}}]\n";

}  // namespace

TEST_CASE("a constant may carry its band: the value is used, the rest is kept") {
  const constants::Outer outer = read_outer(kBand);
  CHECK(outer.parts[1].energy_j == 3.9e-12);
  REQUIRE(outer.bands.size() == 1);
  const config::Band& band = *outer.bands[0];
  CHECK(band.path == std::vector<std::string>{"parts", "1", "energy"});
  CHECK((band.low == 2.5e-12 && band.high == 6e-12));
  CHECK(band.confidence == config::Confidence::medium);
  CHECK(band.source == "a: b");

  const std::string text = config::dump(outer);
  CHECK_THAT(text, Contains("low: 2.5 pJ") && Contains("confidence: medium"));
  const constants::Outer again =
      config::read_tree<constants::Outer>(config::parse_yaml("g.yaml", text), "").value;
  CHECK(again.bands[0]->low == band.low);
  CHECK(config::dump(again) == text);
}

TEST_CASE("a band may stand wherever a quantity may, and be given in part") {
  const constants::Outer outer = read_outer(
      "limit: {value: 2, high: 3}\nparts: [{size: {value: 1 KiB, low: 512 B}, rows: {value: 3}}]\n");
  CHECK(outer.limit == 2.0);
  CHECK(outer.parts[0].size_bytes == 1024);
  CHECK(outer.parts[0].rows == 3);
  REQUIRE(outer.bands.size() == 3);
  CHECK(outer.bands[0]->high == 1024);  // the size: no upper end given
  CHECK(outer.bands[2]->low == 2);
}

TEST_CASE("a plain value replaces a band and a band a plain value") {
  CHECK(read_outer(kBand, {"parts.1.energy=5 pJ"}).bands.empty());
  CHECK(read_outer(kBand, {"parts.1.energy.value=5 pJ"}).parts[1].energy_j == 5e-12);
  config::Node base = config::parse_yaml("f.yaml", "limit: 2\n");
  config::merge(base, config::parse_yaml("g.yaml", "limit: {value: 4, low: 1}\n"));
  CHECK(config::read_tree<constants::Outer>(base, "").value.limit == 4.0);
}

TEST_CASE("what is wrong with a band is said at its place") {
  CHECK_THAT(problems_of_outer("limit: {value: 5, low: 6}\n"),
             Contains("f.yaml:1") && Contains("low <= value <= high"));
  CHECK_THAT(problems_of_outer("limit: {low: 6}\n"), Contains("{value: .., low: .., high: ..}"));
  CHECK_THAT(problems_of_outer("limit: {value: 5, lo: 4}\n"),
             Contains("limit.lo") && Contains("did you mean 'low'?"));
  CHECK_THAT(problems_of_outer("parts: [{rows: {value: 3, low: 0}}]\n"),
             Contains("parts.0.rows.low") && Contains("at least 1"));
  CHECK_THAT(problems_of_outer("parts: [{energy: {value: 3 pJ, high: 4}}]\n"),
             Contains("parts.0.energy.high"));
  CHECK_THAT(problems_of_outer("limit: {value: 5, confidence: sure}\n"),
             Contains("unstated, low, medium, high"));
  CHECK_THAT(problems_of_outer("limit: {value: {value: 5}}\n"), Contains("a map found"));
}

TEST_CASE("a key that was renamed names its successor") {
  CHECK_THAT(problems_of_outer("parts: [{joules: 3 pJ}]\n"),
             Contains("is no key of inner any more; use 'energy'"));
  CHECK_THAT(problems_of_outer("parts: [{cells: 3}]\n"),
             Contains("use rows and columns of the array's own file"));
}

TEST_CASE("a file may say its version; a newer one is refused") {
  CHECK(read_outer("schema_version: 1\nlimit: 2\n").limit == 2.0);
  CHECK_THAT(problems_of_outer("limit: 2\nschema_version: 99\n"),
             Contains("f.yaml:2") && Contains("99 is newer than this Kiln knows") && Contains("newer Kiln"));
  CHECK_THAT(problems_of_outer("schema_version: one\n"), Contains("'one' found; allowed: 1 to"));
  CHECK_THAT(problems_of_outer("schema_version: 0\n"), Contains("allowed: 1 to"));
  CHECK_THAT(config::dump(read_outer("limit: 2\n")), Contains("\nschema_version: 1\n"));
}

TEST_CASE("patterns fit names") {
  CHECK(config::fits("block*.conv", "block12.conv"));
  CHECK(config::fits("*", "a"));
  CHECK(config::fits("b?.dw", "b1.dw"));
  CHECK(config::fits("*a*b*", "xxaxxbxb"));
  CHECK(config::fits("a", "a"));
  CHECK_FALSE(config::fits("b?.dw", "b10.dw"));
  CHECK_FALSE(config::fits("a*b", "ab.c"));
  CHECK_FALSE(config::fits("", "a"));
  CHECK(config::fits(std::string(30, '*') + "b", std::string(5000, 'a') + "b"));
}

TEST_CASE("of all entries that fit a layer, later ones win key by key") {
  const constants::Outer outer = read_outer(
      "layers:\n"
      "  \"b*\": {freeze: true, share: 0.1, inner: {rows: 7}}\n"
      "  b1: {freeze: false}\n"
      "  \"*1\": {inner: {size: 1 KiB}}\n");
  constants::Setting base;
  base.inner.energy_j = 0.5;
  const constants::Setting b1 = outer.layers.apply("b1", base), b2 = outer.layers.apply("b2", base);
  CHECK((!b1.freeze && b1.share == 0.1 && b1.inner.rows == 7 && b1.inner.size_bytes == 1024));
  CHECK(b1.inner.energy_j == 0.5);
  CHECK((b2.freeze && b2.inner.size_bytes == 64));
  CHECK(outer.layers.apply("c", base).share == 0.5);

  const auto applied = outer.layers.applied("b1");
  REQUIRE(applied.size() == 4);
  CHECK((applied[0].key == "freeze" && applied[0].value == "false" && applied[0].pattern == "b1"));
  CHECK(applied[0].place.line == 3);
  CHECK((applied[3].key == "inner.size" && applied[3].place.line == 4));
  CHECK(config::dump(read_outer(config::dump(outer))) == config::dump(outer));
}

TEST_CASE("entries are checked where they are written; a pattern that fits nothing is an error") {
  CHECK_THAT(problems_of_outer("layers: {a: {freze: true}}\n"),
             Contains("layers.a.freze") && Contains("'freeze'"));
  CHECK_THAT(problems_of_outer("layers: {a: {share: 2}}\n"), Contains("layers.a.share"));
  const auto error = [](const std::string& text, const auto& use) {
    try {
      use(read_outer(text).layers);
    } catch (const base::ConfigError& problem) {
      return std::string(problem.what());
    }
    return std::string();
  };
  const auto names = [](const auto& layers) {
    layers.require_names({"conv1", "conv2", "fc"}, "training.layers");
  };
  CHECK_THAT(error("layers:\n  conv*: {}\n  comv1: {}\n", names),
             Contains("f.yaml:3") && Contains("training.layers.comv1") && Contains("did you mean 'conv1'?"));
  CHECK_THAT(error("layers: {zzz*: {}}\n", names), Contains("layers: conv1, conv2, fc"));
  // The rule holds for what the entries add up to, not for one alone.
  const auto apply = [](const auto& layers) { layers.apply("x", constants::Setting{}); };
  CHECK(error("layers: {x: {share: 0.95}}\n", apply).empty());
  CHECK_THAT(error("layers: {x: {share: 0.95}, \"*\": {freeze: true}}\n", apply),
             Contains("too much of a frozen layer"));
}
