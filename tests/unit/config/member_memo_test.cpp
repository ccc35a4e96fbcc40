// SPDX-License-Identifier: MIT
#include <string>

#include "config/load.h"
#include "support/catch.h"
#include "support/scratch_folder.h"

using namespace kiln;
using kiln::testing::ScratchFolder;

namespace {

int times_checked = 0;

struct Inner {
  double b = 1;
  std::string name = "x";
};

struct Outer {
  double a = 0;
  Inner inner;
  config::Bands bands;
};

const config::Record<Inner>& describe(const Inner*) {
  static const auto record = config::Record<Inner>("inner", "")
                                 .field("b", &Inner::b, {.doc = "b", .max = 9})
                                 .field("name", &Inner::name, {.doc = "name"});
  return record;
}

const config::Record<Outer>& describe(const Outer*) {
  static const auto record = config::Record<Outer>("outer", "")
                                 .field("a", &Outer::a, {.doc = "a"})
                                 .field("inner", &Outer::inner, {.doc = "inner"})
                                 .with_bands(&Outer::bands)
                                 .check_of({"a", "inner"}, [](const Outer& outer, config::Checker& check) {
                                   ++times_checked;
                                   if (outer.a > outer.inner.b) check.fail("a", "must not be above inner.b");
                                 });
  return record;
}

/// Reads with a memo and without one, and says that both are the same.
Outer read_twice(const std::string& yaml, const std::string& file, const config::ParsedFiles& parts,
                 config::MemberMemo& memo) {
  const config::Node tree = config::parse_yaml(file, yaml);
  const auto remembered = config::read_tree<Outer>(tree, file, config::Reader(parts, &memo));
  const auto anew = config::read_tree<Outer>(tree, file, config::Reader(parts));
  CHECK(config::keys_and_values(remembered.value) == config::keys_and_values(anew.value));
  CHECK(remembered.files == anew.files);
  CHECK(remembered.value.bands.size() == anew.value.bands.size());
  return remembered.value;
}

}  // namespace

TEST_CASE("members that are written as before are what they were read as, bands and files with them") {
  const ScratchFolder scratch;
  scratch.write("part.yaml", "b: {value: 5, low: 4, high: 6}\nname: part\n");
  const std::string file = (scratch.path() / "root.yaml").string();
  const config::ParsedFiles parts;
  config::MemberMemo memo;
  for (int round = 0; round < 2; ++round) {
    CHECK(read_twice("inner: part.yaml\na: 1\n", file, parts, memo).inner.b == 5);
    CHECK(read_twice("inner: part.yaml\na: 2\n", file, parts, memo).a == 2);
    CHECK(read_twice("inner: {from: part.yaml, b: 7}\na: 6\n", file, parts, memo).inner.b == 7);
    CHECK(read_twice("a: 0.5\n", file, parts, memo).inner.b == 1);  // the default, not what was last
  }
}

TEST_CASE("what is wrong is told each time, of a member and of several together") {
  const config::ParsedFiles parts;
  config::MemberMemo memo;
  const auto read = [&](const std::string& yaml) {
    return config::read_tree<Outer>(config::parse_yaml("f", yaml), "", config::Reader(parts, &memo));
  };
  for (int round = 0; round < 2; ++round) {
    CHECK_THROWS_AS(read("inner: {b: 10}\n"), base::ConfigError);
    CHECK(read("inner: {b: 8}\na: 8\n").value.a == 8);
    CHECK_THROWS_AS(read("inner: {b: 3}\na: 8\n"),
                    base::ConfigError);  // each was read before, and they do not fit
  }
}

TEST_CASE("a rule of some members is run once for each way in which they are written together") {
  const config::ParsedFiles parts;
  config::MemberMemo memo;
  const auto read = [&](const std::string& yaml) {
    config::read_tree<Outer>(config::parse_yaml("f", yaml), "", config::Reader(parts, &memo));
  };
  times_checked = 0;
  for (int round = 0; round < 3; ++round)
    for (const char* yaml : {"a: 1\n", "a: 2\ninner: {b: 4}\n", "a: 1\ninner: {b: 4}\n", "{}\n"}) read(yaml);
  CHECK(times_checked == 4);
  CHECK_THROWS_AS(read("a: 2\n"), base::ConfigError);  // above the default, which each was good beside
  CHECK_THROWS_AS(read("a: 2\n"), base::ConfigError);
  CHECK(times_checked == 6);
}

TEST_CASE("a text of each member is made once for each way to write it") {
  const config::ParsedFiles parts;
  config::MemberMemo memo;
  int made = 0;
  const auto text_of_inner = [&](const std::string& yaml) {
    const Outer value =
        config::read_tree<Outer>(config::parse_yaml("f", yaml), "", config::Reader(parts, &memo)).value;
    return memo.text_of(1, [&] {
      ++made;
      return fmt::format("{}", value.inner.b);
    });
  };
  for (int round = 0; round < 3; ++round) {
    CHECK(text_of_inner("inner: {b: 2}\n") == "2");
    CHECK(text_of_inner("inner: {b: 3}\n") == "3");
    CHECK(text_of_inner("a: 1\n") == "1");
  }
  CHECK(made == 3);
}

TEST_CASE("more ways to write a member than are kept are read all the same") {
  const config::ParsedFiles parts;
  config::MemberMemo memo;
  for (int round = 0; round < 2; ++round)
    for (int value = 0; value < 1200; ++value) {
      const std::string yaml = fmt::format("inner: {{b: {}}}\n", value * 0.005);
      const Outer read =
          config::read_tree<Outer>(config::parse_yaml("f", yaml), "", config::Reader(parts, &memo)).value;
      REQUIRE(read.inner.b == Approx(value * 0.005));
      REQUIRE(memo.text_of(1, [&] { return fmt::format("{}", value); }) == fmt::format("{}", value));
    }
}
