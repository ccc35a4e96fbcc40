// SPDX-License-Identifier: MIT
// Files that come from elsewhere: marks, sizes, inclusions, names and what errors show of them.
#include <sys/stat.h>

#include <ctime>
#include <filesystem>

#include "base/file.h"
#include "config/input_file.h"
#include "config/load.h"
#include "support/catch.h"
#include "support/scratch_folder.h"

using namespace kiln;
using kiln::testing::contains;
using kiln::testing::ScratchFolder;

namespace inputs {

struct Point {
  std::string name;
  double frequency_hz = 1e9;
  base::Place place;
};
const config::Record<Point>& describe(const Point*) {
  static const auto record = config::Record<Point>("point", "A point")
                                 .with_place(&Point::place)
                                 .field("name", &Point::name, {.doc = "Name"})
                                 .field("frequency", &Point::frequency_hz,
                                        {.doc = "Clock", .unit = base::Dimension::frequency, .min = 1e6});
  return record;
}

struct Device {
  std::string name = "x";
  std::string about;
  std::vector<Point> points = {{"slow", 1e8, {}}, {"fast", 1e9, {}}};
  std::vector<int> sizes;
  std::map<std::string, double> shares;
  config::InputFile data;
  std::uint64_t seed = 1;
};
const config::Record<Device>& describe(const Device*) {
  static const auto record =
      config::Record<Device>("device", "A device")
          .field("name", &Device::name, {.doc = "Folder", .text = config::Text::folder})
          .field("about", &Device::about, {.doc = "Words", .text = config::Text::prose})
          .field("points", &Device::points, {.doc = "Points"})
          .field("sizes", &Device::sizes, {.doc = "Sizes"})
          .field("shares", &Device::shares, {.doc = "Shares"})
          .field("data", &Device::data, {.doc = "Data"})
          .field("seed", &Device::seed, {.doc = "Seed", .min = 0, .max = 9e15});
  return record;
}

}  // namespace inputs

namespace {

inputs::Device read_device(const std::string& text, const std::vector<std::string>& overrides = {}) {
  config::Node tree = config::parse_yaml("f.yaml", text);
  for (const std::string& assignment : overrides) config::apply_override(tree, assignment);
  return config::read_tree<inputs::Device>(tree, "").value;
}

template <class Read>
std::string error_of_call(Read make) {
  try {
    make();
  } catch (const base::ConfigError& error) {
    return error.what();
  }
  return "accepted";
}

std::string problems_of_device(const std::string& text, const std::vector<std::string>& overrides = {}) {
  return error_of_call([&] { read_device(text, overrides); });
}

std::string problems_of_file(const std::string& path) {
  return error_of_call([&] { config::load<inputs::Device>(path); });
}

}  // namespace

TEST_CASE("a byte order mark is no data") {
  CHECK(read_device("\xef\xbb\xbfname: a\n").name == "a");
  CHECK_THAT(problems_of_device("\xef\xbb\xbfnaem: a\n"), contains("f.yaml:1:1: naem: unknown key"));
  CHECK(config::schema_of("\xef\xbb\xbf# yaml-language-server: $schema=../schema/noc.json\nx: 1\n") == "noc");
}

TEST_CASE("settings and files change items of a list that only stands in the defaults") {
  const inputs::Device device =
      read_device("name: a\n", {"points.0.frequency=5 MHz", "points.fast.name=faster"});
  REQUIRE(device.points.size() == 2);
  CHECK(device.points[0].frequency_hz == 5e6);
  CHECK(device.points[0].name == "slow");
  CHECK(device.points[1].frequency_hz == 1e9);
  CHECK(device.points[1].name == "faster");
  CHECK(read_device("points: {slow: {frequency: 2 MHz}}\n").points.at(0).frequency_hz == 2e6);

  const std::string beyond = problems_of_device("name: a\n", {"points.7.frequency=5 MHz"});
  CHECK_THAT(beyond, contains("--set points.7.frequency=5 MHz: points:"));
  CHECK_THAT(beyond, contains("of its 2 items, some can be changed by number from 0; by name: slow, fast"));
  CHECK_THAT(problems_of_device("name: a\n", {"sizes.0=4"}), contains("write the whole list"));
  CHECK_THAT(problems_of_device("name: a\n", {"points.0.frequency=5"}),
             contains("points.0.frequency: '5' has no unit"));
}

TEST_CASE("whole numbers beyond 64 bits are out of range, not cut") {
  CHECK(read_device("seed: 9000000000000000\n").seed == 9000000000000000U);
  for (const char* seed : {"18446744073709551616", "18446744073709551615", "9000000000000001", "-1"})
    CHECK_THAT(problems_of_device(fmt::format("seed: {}\n", seed)),
               contains("out of range; allowed: at least 0"));
  for (const char* seed : {"1.5", "1e3", "0x10", "many"})
    CHECK_THAT(problems_of_device(fmt::format("seed: {}\n", seed)), contains("is not a whole number"));
}

TEST_CASE("names hold nothing that a terminal, a table or a picture would obey") {
  for (const char* bad : {"a\\nb", "a\\rb", "a\\eb", "a\\x7fb", "a\\x85b", "a\\u2028b", "a\\u2029b",
                          "a\\u202eb", "a\\u2066b", "a\\tb", "a\\0b"}) {
    CHECK_THAT(problems_of_device(fmt::format("points: [{{name: \"{}\"}}]\n", bad)),
               contains("points.0.name: holds a line break, a control character"));
    CHECK_THAT(problems_of_device(fmt::format("shares: {{\"{}\": 1}}\n", bad)),
               contains("holds a line break"));
  }
  CHECK(read_device("points: [{name: 'Größe µ 温度 100 %'}]\n").points[0].name == "Größe µ 温度 100 %");
  CHECK(read_device("about: \"two\\n\\tlines\"\n").about == "two\n\tlines");
  CHECK_THAT(problems_of_device("about: \"a\\eb\"\n"), contains("holds a control character"));
}

TEST_CASE("a name that is a folder's fits into a file system") {
  for (const std::string& bad : {std::string("\"\""), std::string("a/b"), std::string(".."),
                                 std::string("-rf"), std::string(".hidden")})
    CHECK_THAT(problems_of_device("name: " + bad + "\n"), contains("f.yaml:1:7: name: names a folder"));
  CHECK(read_device("name: " + std::string(200, 'x') + "\n").name.size() == 200);
  CHECK_THAT(problems_of_device("name: " + std::string(201, 'x') + "\n"),
             contains("201 bytes; allowed: at most 200"));
  std::string wide;
  for (int i = 0; i < 67; ++i) wide += "温";  // three bytes each
  CHECK_THAT(problems_of_device("name: " + wide + "\n"), contains("201 bytes"));
}

TEST_CASE("errors show control characters and do not send them") {
  const std::string text = problems_of_device("\"na\\e[31mme\": 1\n");
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK_THAT(text, contains("na\\x1b[31mme: unknown key"));
}

TEST_CASE("large maps are read, checked and merged in time that grows with their size") {
  std::string text = "shares:\n";
  for (int i = 0; i < 100000; ++i) text += fmt::format("  key_{}: {}\n", i, i);
  const std::clock_t begin = std::clock();
  config::Node tree = config::parse_yaml("f.yaml", text);
  CHECK(config::read_tree<inputs::Device>(tree, "").value.shares.size() == 100000);
  const config::Node over = tree;
  config::merge(tree, over);
  CHECK(tree.find("shares")->map.size() == 100000);
  CHECK_THAT(problems_of_device(text + "  key_5: 1\n"),
             contains("key_5: duplicate key, first written at line 7"));
  const std::string unknown = problems_of_device(text.substr(text.find('\n') + 1).insert(0, "  none: 1\n"));
  CHECK_THAT(unknown, contains("99981 more unknown keys in device"));
  const double cpu_s = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  CHECK(cpu_s < 20);  // about 1 s; quadratic takes minutes, sanitizers are slow
}

TEST_CASE("chains of inclusion end") {
  const ScratchFolder scratch;
  for (int i = 0; i < 100; ++i)
    scratch.write(fmt::format("{}.yaml", i), fmt::format("from: {}.yaml\n", i + 1));
  scratch.write("100.yaml", "name: last\n");
  const auto file = [&](const std::string& name) { return (scratch.path() / name).string(); };
  CHECK(config::load<inputs::Device>(file("80.yaml")).value.name == "last");
  CHECK_THAT(problems_of_file(file("0.yaml")),
             contains("files that include one another; allowed: at most 32"));
}

TEST_CASE("a circle of inclusion is found through any spelling of a path") {
  const ScratchFolder scratch;
  const auto refused = [&](const std::string& name, const std::string& other) {
    const std::string path = scratch.write(name, "from: " + other + "\n");
    CHECK_THAT(problems_of_file(path), contains("includes itself"));
  };
  std::filesystem::create_directories(scratch.path() / "sub");
  refused("a.yaml", "a.yaml");
  refused("b.yaml", "./sub/../b.yaml");
  refused("c.yaml", (scratch.path() / "c.yaml").string());
  std::filesystem::create_symlink("../d.yaml", scratch.path() / "sub" / "link.yaml");
  refused("d.yaml", "sub/link.yaml");
  std::filesystem::create_directory_symlink(".", scratch.path() / "here");
  scratch.write("f.yaml", "from: here/here/e.yaml\n");
  refused("e.yaml", "here/f.yaml");
}

TEST_CASE("many inclusions side by side end") {
  const ScratchFolder scratch;
  scratch.write("point.yaml", "name: p\n");
  std::string text = "points:\n";
  for (int i = 0; i < 10001; ++i) text += "  - point.yaml\n";
  CHECK_THAT(problems_of_file(scratch.write("many.yaml", text)),
             contains("more than 10000 files are included"));
}

TEST_CASE("nothing of an included file of another kind is shown") {
  const ScratchFolder scratch;
  const char* others[] = {"root:x:0:0:SECRET:/root:/bin/bash\nSECRET:x:1:1::/:/bin/false\n",
                          "SECRET\n",
                          "- SECRET\n- 2\n",
                          "SECRET: 1\nlogin: SECRET\n",
                          "SECRET: [\n",
                          "SECRET: 1\nSECRET: 2\n",
                          "name: SECRET/\nSECRET: 1\npassword: 2\nlogin: 3\n",
                          "\"SECRET",
                          "\x01SECRET\x02"};
  for (const char* other : others) {
    scratch.write("other", other);
    for (const char* text : {"from: other\n", "points: [other]\n", "points: [{from: other, name: a}]\n"}) {
      const std::string told = problems_of_file(scratch.write("f.yaml", text));
      CHECK_THAT(told, contains("f.yaml:1:") || contains("other:"));
      CHECK_THAT(told, !contains("SECRET"));
    }
    CHECK_THAT(problems_of_file(scratch.write("g.yaml", "from: h.yaml\n")), contains("no such file"));
  }
  CHECK_THAT(problems_of_file(scratch.write("text", "SECRET\n")), contains("text:1:1: holds no map"));
}

TEST_CASE("a data file is looked for where its key is read") {
  const ScratchFolder scratch;
  const std::string data = scratch.write("data.bin", "1234");
  const inputs::Device device = read_device("data: " + data + "\n");
  CHECK(device.data.path == data);
  CHECK(device.data.place.text() == "f.yaml:1:7");
  CHECK_THAT(problems_of_device("name: a\ndata: none.bin\n"),
             contains("f.yaml:2:7: data: none.bin: no such file"));
  CHECK_THAT(problems_of_device("name: a\n", {"data=/"}), contains("--set data=/: data: /: is a directory"));
  CHECK(read_device("data: \"\"\n").data.empty());
  CHECK(read_device("points: [{name: a}, {name: b}]\n").points[1].place.text() == "f.yaml:1:21");
}

TEST_CASE("a dump names its kind and reads back to the same") {
  const std::string text = config::dump(read_device("name: a\nshares: {b c: 1}\nabout: \"x\\ny\"\n"));
  CHECK(config::schema_of(text) == "device");
  CHECK(config::dump(read_device(text)) == text);
}

TEST_CASE("plain text stays the same text in a dump") {
  for (const char* text :
       {"hello, world", "a: b", "x # y", "[1]", "{a}", "- b", "it's", "10 %", "2:4", "-1.5"}) {
    config::Node list;
    list.kind = config::Node::Kind::list;
    list.list.push_back(config::scalar_node(text));
    const config::Node again = config::parse_yaml("d.yaml", config::flow_text(list));
    REQUIRE(again.list.size() == 1);
    CHECK(again.list[0].scalar == text);
  }
}

TEST_CASE("devices and pipes by name are no files to include") {
  const ScratchFolder scratch;
  const std::string pipe = (scratch.path() / "pipe").string();
  REQUIRE(::mkfifo(pipe.c_str(), 0644) == 0);
  for (const std::string& path : {std::string("/dev/zero"), std::string("/dev/null"), pipe})
    CHECK_THROWS_WITH(base::read_file(path), contains("is a device or a pipe"));
  CHECK_THROWS_WITH(base::read_file(scratch.write("long", std::string(3 << 20, 'x')), 1 << 20),
                    contains("is longer than 1 MiB"));
}

TEST_CASE("a path of --set is as deep as a file may be, not deeper") {
  const auto assignment = [](std::size_t keys) {
    std::string path = "a";
    for (std::size_t i = 1; i < keys; ++i) path += ".a";
    return path + "=1";
  };
  config::Node tree = config::parse_yaml("t.yaml", "b: 1");
  config::apply_override(tree, assignment(config::kMaxDepth));
  CHECK_THROWS_WITH(config::apply_override(tree, assignment(config::kMaxDepth + 1)),
                    contains("at most 64 keys in a path"));
}

TEST_CASE("a text that begins with a comma is refused, not read without end") {
  for (const char* text : {",", ", a: 1", "# comment\n, one\na: 1\n", "--- a\n--- b\n"})
    CHECK_THROWS_AS(config::parse_yaml("bad.yaml", text), base::ConfigError);
}

namespace inputs {

struct Part {
  int size = 1;
};
const config::Record<Part>& describe(const Part*) {
  static const auto record = config::Record<Part>("part", "A part in a chip")
                                 .field("size", &Part::size, {.doc = "Size"})
                                 .alone("ambient", "'environment' of the chip");
  return record;
}

struct Chip {
  Part part;
};
const config::Record<Chip>& describe(const Chip*) {
  static const auto record =
      config::Record<Chip>("chip", "A chip").field("part", &Chip::part, {.doc = "Its part"});
  return record;
}

}  // namespace inputs

TEST_CASE(
    "keys of a part alone say nothing in a file that a chip shares, and are refused in the chip's own") {
  const ScratchFolder scratch;
  scratch.write("part.yaml", "size: 3\nambient: 25 degC\n");
  scratch.write("odd.yaml", "size: 3\nambiant: 25 degC\n");
  const auto load = [&](const std::string& text, const std::vector<std::string>& overrides = {}) {
    return config::load<inputs::Chip>(scratch.write("chip.yaml", text), overrides).value.part.size;
  };
  const auto refusal = [&](const std::string& text, const std::vector<std::string>& overrides = {}) {
    return error_of_call([&] { load(text, overrides); });
  };
  CHECK(load("part: part.yaml\n") == 3);
  CHECK(load("part: {from: part.yaml, size: 4}\n") == 4);
  CHECK_THAT(refusal("part: {from: part.yaml, ambient: 30 degC}\n"),
             contains("use 'environment' of the chip"));
  CHECK_THAT(refusal("part: {size: 2, ambient: 30 degC}\n"), contains("use 'environment' of the chip"));
  CHECK_THAT(refusal("part: part.yaml\n", {"part.ambient=30 degC"}),
             contains("use 'environment' of the chip"));
  CHECK_THAT(refusal("part: odd.yaml\n"), contains("unknown key"));
}

TEST_CASE("aliases may repeat some text, and not more than memory holds") {
  const std::string word(1 << 20, 'x');  // 1 MiB
  const auto repeated = [&](int times) {
    std::string text = "a: &a [" + word + "]\nb: [";
    for (int i = 0; i < times; ++i) text += i == 0 ? "*a" : ", *a";
    return text + "]\n";
  };
  CHECK(config::parse_yaml("few.yaml", repeated(8)).find("b")->list.size() == 8);
  CHECK_THROWS_WITH(config::parse_yaml("many.yaml", repeated(40)),
                    contains("many.yaml:2:") && contains("grows too large"));
}

TEST_CASE("a key is no longer than what is written of it can be read again") {
  const auto keyed = [](std::size_t length) { return "? " + std::string(length, 'k') + "\n: 1\n"; };
  const config::Node longest = config::parse_yaml("key.yaml", keyed(1024));
  CHECK(config::parse_yaml("again.yaml", config::to_yaml(longest)).map.size() == 1);
  CHECK_THROWS_WITH(config::parse_yaml("key.yaml", keyed(1025)),
                    contains("key.yaml:1:") && contains("at most 1024"));
}

TEST_CASE("files that were parsed once are included as they were then, those of others as they are now") {
  const ScratchFolder scratch;
  const std::string part = scratch.write("part.yaml", "name: before\nfrequency: 2 MHz\n");
  const config::Node tree = config::parse_yaml((scratch.path() / "whole.yaml").string(), "from: part.yaml\n");
  const auto read = [&](config::Reader reader) {
    return config::read_tree<inputs::Point>(*reader.resolve(tree, false), "").value.name;
  };
  const config::ParsedFiles parsed;
  CHECK(read(config::Reader(parsed)) == "before");
  scratch.write("part.yaml", "name: after\nfrequency: 2 MHz\n");
  CHECK(read(config::Reader(parsed)) == "before");
  CHECK(read(config::Reader()) == "after");
  CHECK_THROWS_AS(parsed.of((scratch.path() / "none.yaml").string()), base::ConfigError);
  CHECK(parsed.of(part).map.size() == 2);
}
