// SPDX-License-Identifier: MIT
// From files to what a network is trained and judged on: neither units, nor the order of a file, nor axes in
// other places change or hide what is learnt.
#include "learning/data/dataset.h"

#include <cstring>
#include <map>

#include "base/error.h"
#include "learning/data/array.h"
#include "learning/data/normalise.h"
#include "learning/data/split.h"
#include "support/catch.h"
#include "support/scratch_folder.h"
#include "unit/learning/steps.h"

using namespace kiln;
using namespace kiln::learning;

namespace {

using namespace std::string_literals;

template <class Value>
std::string npy_of(const std::string& type, const std::vector<int>& extents,
                   const std::vector<Value>& values) {
  std::string shape;
  for (const int extent : extents) shape += std::to_string(extent) + ", ";
  std::string header = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + shape + "), }\n";
  std::string data(values.size() * sizeof(Value), '\0');
  std::memcpy(data.data(), values.data(), data.size());
  return "\x93NUMPY\x01\x00"s + static_cast<char>(header.size()) + '\0' + header + data;
}

workload::Network classifier(const char* input, int classes = 3) {
  return workload::build_network(parse_network(
      "  - {name: f, op: flatten}\n  - {name: z, op: linear, out: " + std::to_string(classes) + "}\n",
      input));
}

/// Files of samples and classes, and the configuration that reads them.
struct NumpyFiles {
  testing::ScratchFolder folder;
  DataConfig config;

  NumpyFiles(const std::vector<int>& extents, const std::vector<std::int32_t>& classes,
             const std::vector<float>& values = {}) {
    std::size_t count = 1;
    for (const int extent : extents) count *= static_cast<std::size_t>(extent);
    std::vector<float> all = values;
    for (std::size_t i = all.size(); i < count; ++i) all.push_back(value_at(static_cast<std::int64_t>(i), 2));
    config.kind = DataKind::npy;
    const std::vector<int> labels = {static_cast<int>(classes.size())};
    config.train = {config::InputFile(folder.write("x.npy", npy_of("<f4", extents, all))),
                    config::InputFile(folder.write("y.npy", npy_of("<i4", labels, classes)))};
  }
  TrainAndTest load(const workload::Network& network, std::uint64_t seed = 1) const {
    return load_data(config, network, seed);
  }
};

std::map<std::int32_t, int> counts_of(const Dataset& data) {
  std::map<std::int32_t, int> counts;
  for (const std::int32_t label : data.classes) ++counts[label];
  return counts;
}

/// A recording of three sensors whose first is `scale` times itself plus `offset`.
std::string recording(double scale, double offset) {
  std::string text = "a,b,c,label\n";
  for (int row = 0; row < 400; ++row)
    text += fmt::format("{:.9g},{:.9g},{:.9g},{}\n", offset + scale * double{value_at(row, 1)},
                        double{value_at(row, 3)}, double{value_at(row, 4)}, row / 100 % 2);
  return text;
}

}  // namespace

TEST_CASE("neither the unit nor the offset of a column changes what a network sees") {
  const testing::ScratchFolder folder;
  const workload::Network network = classifier("{channels: 3, height: 10, width: 1}", 2);
  DataConfig config;
  config.kind = DataKind::csv;
  config.window = 8;  // padded to the network's ten
  config.stride = 8;
  const auto values = [&](double scale, double offset) {
    config.train.values = config::InputFile(folder.write("r.csv", recording(scale, offset)));
    const TrainAndTest data = load_data(config, network, 1);
    std::vector<float> all = data.train.values;
    all.insert(all.end(), data.test.values.begin(), data.test.values.end());
    return all;
  };
  const std::vector<float> plain = values(1, 0), pressure = values(50, 101325), small = values(1e-6, 0);
  REQUIRE(plain.size() == pressure.size());
  for (std::size_t i = 0; i < plain.size(); ++i) {
    CHECK(std::abs(plain[i] - pressure[i]) < 1e-3);
    CHECK(std::abs(plain[i] - small[i]) < 1e-5);
  }
}

TEST_CASE("each channel has mean 0 and deviation 1, one that never changes is 0, padding does not count") {
  std::vector<float> train, test = {7, 7, 0.1f, 0.1f};
  for (int sample = 0; sample < 50; ++sample) {
    for (int i = 0; i < 2; ++i) train.push_back(1000 + 3 * value_at(2 * sample + i, 1));
    for (int i = 0; i < 2; ++i) train.push_back(0.1f);
  }
  normalise(train, test, 2, 2);
  double sum = 0, squares = 0;
  for (std::size_t at = 0; at < train.size(); at += 4)
    for (std::size_t i = at; i < at + 2; ++i) {
      sum += double{train[i]};
      squares += double{train[i]} * double{train[i]};
      CHECK(train[i + 2] == 0);
    }
  CHECK(std::abs(sum) < 1e-2);
  CHECK_THAT(squares / 100, Catch::Matchers::WithinRel(1.0, 1e-4));
  CHECK(test[2] == 0);

  // 2 x 2 in the middle of 4 x 4: the edge is 0, and what is inside has mean 0 of its own.
  NumpyFiles files({20, 1, 2, 2}, std::vector<std::int32_t>(20, 1));
  const TrainAndTest data = files.load(classifier("{channels: 1, height: 4, width: 4}"));
  double inside = 0;
  for (std::size_t i = 0; i < data.train.values.size(); ++i) {
    const std::size_t y = i / 4 % 4, x = i % 4;
    if (y % 3 == 0 || x % 3 == 0)
      CHECK(data.train.values[i] == 0);
    else
      inside += double{data.train.values[i]} * double{data.train.values[i]};
  }
  CHECK_THAT(inside / static_cast<double>(4 * data.train.size()), Catch::Matchers::WithinRel(1.0, 1e-4));
}

TEST_CASE("samples with axes in other places are refused with the shape that is wanted") {
  const std::vector<std::int32_t> classes = {0, 1, 2, 0, 1, 2};
  const workload::Network picture = classifier("{channels: 1, height: 8, width: 8}");
  const workload::Network coloured = classifier("{channels: 3, height: 8, width: 8}");
  const workload::Network vector = classifier("{channels: 12}");
  const auto refused = [&](const std::vector<int>& extents, const workload::Network& network) {
    const NumpyFiles files(extents, classes);
    CHECK_THROWS_WITH(files.load(network), testing::contains("learning.data.train.values") &&
                                               testing::contains("wanted are samples x"));
  };
  refused({6, 1, 1, 8, 8}, picture);
  refused({6}, picture);
  refused({6}, vector);
  refused({6, 8, 8, 3}, coloured);
  refused({6, 1}, vector);  // one number is no grey picture
  refused({6, 1, 1, 1}, vector);
  refused({6, 11}, vector);
  const NumpyFiles fits({6, 12}, classes), grey({6, 8, 8}, classes);
  CHECK(fits.load(vector).train.sample_values == 12);
  const TrainAndTest every = grey.load(coloured);
  for (std::size_t i = 0; i < every.train.values.size(); i += 3)
    CHECK((every.train.values[i] == every.train.values[i + 1] &&
           every.train.values[i] == every.train.values[i + 2]));
}

TEST_CASE("a file in the order of its classes has all of them on both sides, by seed") {
  std::vector<std::int32_t> classes(40, 0);
  classes.resize(60, 1);
  classes.resize(100, 2);
  NumpyFiles files({100, 2}, classes);
  files.config.normalise = false;
  const workload::Network network = classifier("{channels: 2}");
  const TrainAndTest data = files.load(network);
  CHECK(counts_of(data.test) == std::map<std::int32_t, int>{{0, 8}, {1, 4}, {2, 8}});
  CHECK(counts_of(data.train) == std::map<std::int32_t, int>{{0, 32}, {1, 16}, {2, 32}});
  CHECK_THAT(data.source, testing::contains("80 samples, 20 to judge on; 3 classes of 16 to 32 and 4 to 8, "
                                            "chance 40 %"));
  CHECK(files.load(network).test.values == data.test.values);
  CHECK(files.load(network, 2).test.values != data.test.values);
  std::vector<float> both = data.train.values;
  both.insert(both.end(), data.test.values.begin(), data.test.values.end());
  std::sort(both.begin(), both.end());
  CHECK(std::unique(both.begin(), both.end()) == both.end());  // no sample is on both sides

  files.config.test_samples = 10;
  files.config.samples = 50;
  const TrainAndTest fewer = files.load(network);
  CHECK(counts_of(fewer.test) == std::map<std::int32_t, int>{{0, 4}, {1, 2}, {2, 4}});
  CHECK(counts_of(fewer.train) == std::map<std::int32_t, int>{{0, 20}, {1, 10}, {2, 20}});
  files.config.test_samples = 100;
  CHECK_THROWS_WITH(files.load(network), testing::contains("learning.data.test_samples"));
}

TEST_CASE("no window of a recording that is learnt from shares rows with one that is judged") {
  for (const int bout : {1, 7, 50, 150}) {
    std::vector<std::int32_t> classes;
    for (int i = 0; i < 300; ++i) classes.push_back(i / bout % 2);
    for (const std::int64_t overlap : {0, 1, 3}) {
      const Split split = split_by_class(classes, {.overlap = overlap}, 5);
      CHECK(split.test.size() == 60);
      CHECK(split.train.size() >= 240 - 80);
      std::map<std::int32_t, int> counts;
      for (const std::int64_t i : split.test) ++counts[classes[static_cast<std::size_t>(i)]];
      CHECK(std::abs(counts[0] - counts[1]) <= 4);
      for (const std::int64_t i : split.train)
        for (const std::int64_t k : split.test) CHECK(std::abs(i - k) > overlap);
    }
  }
  const std::vector<std::int32_t> few(6, 0);
  CHECK_THROWS_WITH(split_by_class(few, {.overlap = 5}, 1), testing::contains("learning.data.stride"));
}

TEST_CASE("a class that the network does not tell apart is refused at its sample") {
  const NumpyFiles files({6, 2}, {0, 1, 2, 0, 7, 2});
  CHECK_THROWS_WITH(files.load(classifier("{channels: 2}", 4)),
                    testing::contains("learning.data.train.classes") && testing::contains("y.npy") &&
                        testing::contains("sample 4 class 7") && testing::contains("0 to 3"));
  CHECK(files.load(classifier("{channels: 2}", 8)).train.size() == 5);
}

TEST_CASE("made samples are of as many classes as the network has outputs") {
  DataConfig config;
  const Dataset data = load_data(config, classifier("{channels: 1, height: 4, width: 4}", 4), 1).train;
  CHECK(counts_of(data).size() == 4);
  config.generator.classes = 5;
  CHECK_THROWS_WITH(load_data(config, classifier("{channels: 1, height: 4, width: 4}", 4), 1),
                    testing::contains("learning.data.generator.classes"));
}

TEST_CASE("a network with other outputs than the data has classes is refused before it learns") {
  const DataConfig config;
  const char* input = "{channels: 1, height: 4, width: 4}";
  const std::string conv = "  - {name: c, op: conv, out: 3, kernel: 1}\n";
  CHECK_THROWS_WITH(load_data(config, workload::build_network(parse_network(conv, input)), 1),
                    testing::contains("workload.layers") && testing::contains("16 classes"));
  CHECK_THROWS_WITH(
      load_data(config, workload::build_network(parse_network(conv, input, "mean_squared_error")), 1),
      testing::contains("workload.loss"));
}

TEST_CASE("a network that ends in a softmax is refused where cross entropy forms one, also behind views") {
  const DataConfig config;
  const auto load = [&](const std::string& layers, const char* loss) {
    load_data(config,
              workload::build_network(
                  parse_network("  - {name: z, op: linear, out: 16}\n" + layers, "{channels: 16}", loss)),
              1);
  };
  const std::string softmax = "  - {name: s, op: softmax}\n", flatten = "  - {name: f, op: flatten}\n";
  CHECK_THROWS_WITH(load(softmax, "cross_entropy"), testing::contains("the softmax 's'"));
  CHECK_THROWS_WITH(load(softmax + flatten, "cross_entropy"), testing::contains("the softmax 's'"));
  CHECK_NOTHROW(load(softmax, "mean_squared_error"));
  CHECK_NOTHROW(load(softmax + "  - {name: y, op: linear, out: 3}\n", "cross_entropy"));
}

TEST_CASE("IDX files of test samples want their classes, too") {
  const testing::ScratchFolder folder;
  const std::string x = folder.write("x", "x");
  const std::string text =
      "kind: idx\ntrain: {values: " + x + ", classes: " + x + "}\ntest: {values: " + x + "}\n";
  CHECK_THROWS_WITH(config::read_tree<DataConfig>(config::parse_yaml("t.yaml", text), ""),
                    testing::contains("test") && testing::contains("classes is missing"));
}
