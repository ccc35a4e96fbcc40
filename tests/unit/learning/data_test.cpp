// SPDX-License-Identifier: MIT
// Data files: what is read of them, and that damaged ones are refused with a reason.
#include "learning/data/array.h"

#include <cstring>

#include "base/error.h"
#include "learning/data/dataset.h"
#include "support/catch.h"
#include "support/scratch_folder.h"
#include "unit/learning/steps.h"

using namespace kiln;
using namespace kiln::learning;

namespace {

using namespace std::string_literals;

std::string npy(const std::string& type, const std::string& shape, const std::string& data) {
  std::string header = "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }\n";
  return "\x93NUMPY\x01\x00"s + static_cast<char>(header.size()) + '\0' + header + data;
}

workload::Network network_for(const char* input) {
  return workload::build_network(
      parse_network("  - {name: f, op: flatten}\n  - {name: z, op: linear, out: 3}\n", input));
}

}  // namespace

TEST_CASE("IDX files of every type") {
  const Array bytes = read_idx("\0\0\x08\x02\0\0\0\x02\0\0\0\x03\x01\x02\xff\x00\x05\x06"s);
  CHECK(bytes.extents == std::vector<std::int64_t>{2, 3});
  CHECK(bytes.values == std::vector<float>{1, 2, 255, 0, 5, 6});
  CHECK(read_idx("\0\0\x09\x01\0\0\0\x01\xff"s).values == std::vector<float>{-1});
  CHECK(read_idx("\0\0\x0b\x01\0\0\0\x01\xff\xfe"s).values == std::vector<float>{-2});
  CHECK(read_idx("\0\0\x0c\x01\0\0\0\x01\0\0\x01\0"s).values == std::vector<float>{256});
  CHECK(read_idx("\0\0\x0d\x01\0\0\0\x01\x3f\x80\0\0"s).values == std::vector<float>{1});
  CHECK(read_idx("\0\0\x0e\x01\0\0\0\x01\x40\0\0\0\0\0\0\0"s).values == std::vector<float>{2});
}

TEST_CASE("damaged IDX files say what is wrong") {
  CHECK_THROWS_WITH(read_idx("hello"), testing::contains("is no IDX file"));
  CHECK_THROWS_WITH(read_idx("\0\0\x07\x01\0\0\0\x01\0"s), testing::contains("IDX type 0x07"));
  CHECK_THROWS_WITH(read_idx("\0\0\x08\x03\0\0\0\x01"s), testing::contains("cut off in its IDX header"));
  CHECK_THROWS_WITH(read_idx("\0\0\x08\x01\0\0\0\x05\x01"s), testing::contains("its IDX header says 5"));
  CHECK_THROWS_WITH(read_idx("\0\0\x08\x02\xff\xff\xff\xff\xff\xff\xff\xff\x01"s),
                    testing::contains("more than"));
  CHECK_THROWS_WITH(read_idx("\0\0\x0d\x01\0\0\0\x01\x7f\xc0\0\0"s), testing::contains("NaN or infinity"));
}

TEST_CASE("NumPy arrays of whole numbers and floats") {
  CHECK(read_npy(npy("|u1", "(2, 2)", "\x01\x02\x03\xff"s)).values == std::vector<float>{1, 2, 3, 255});
  CHECK(read_npy(npy("<i2", "(1,)", "\xff\xff"s)).values == std::vector<float>{-1});
  CHECK(read_npy(npy("<f4", "(1,)", "\0\0\x80\x3f"s)).values == std::vector<float>{1});
  CHECK_THROWS_WITH(read_npy(npy("<c8", "(1,)", "12345678")), testing::contains("dtype '<c8'"));
  CHECK_THROWS_WITH(read_npy(npy("|u1", "(3,)", "12")), testing::contains("its .npy header says 3"));
  CHECK_THROWS_WITH(read_npy("text"), testing::contains("is no .npy file"));
  CHECK_THROWS_WITH(read_npz("PK nothing"), testing::contains("no .npz archive"));
  CHECK_THROWS_WITH(read_npz("PK\x05\x06"s + std::string(18, '\x01')), testing::contains("damaged .npz"));
}

TEST_CASE("CIFAR-10's records") {
  const Labelled data = read_cifar10("\x07"s + std::string(3072, '\x10'));
  CHECK(data.classes == std::vector<std::int32_t>{7});
  CHECK(data.values.extents == std::vector<std::int64_t>{1, 3, 32, 32});
  CHECK_THROWS_WITH(read_cifar10("\x07"s), testing::contains("whole records of 3073"));
  CHECK_THROWS_WITH(read_cifar10("\x0b"s + std::string(3072, '\0')), testing::contains("label 11"));
}

TEST_CASE("windows of a table of sensors") {
  const std::string table = "a,label,b\n1,0,10\n2,0,20\n3,1,30\n4,1,40\n";
  const Labelled data = read_csv_windows(table, "t.csv", "label", 2, 2);
  CHECK(data.values.extents == std::vector<std::int64_t>{2, 2, 2});
  CHECK(data.values.values == std::vector<float>{1, 2, 10, 20, 3, 4, 30, 40});
  CHECK(data.classes == std::vector<std::int32_t>{0, 1});
  CHECK_THROWS_WITH(read_csv_windows(table, "t.csv", "lable", 2, 2), testing::contains("label"));
  CHECK_THROWS_WITH(read_csv_windows(table, "t.csv", "label", 9, 2),
                    testing::contains("fewer than a window"));
  CHECK_THROWS_WITH(read_csv_windows("a,label\n1,x\n", "t.csv", "label", 1, 1), testing::contains("t.csv:2"));
  CHECK_THROWS_WITH(read_csv_windows("a,label\n1e39,1\n", "t.csv", "label", 1, 1),
                    testing::contains("t.csv:2") && testing::contains("fp32"));
  CHECK_THROWS_WITH(read_csv_windows("a,label\n1,-1\n", "t.csv", "label", 1, 1),
                    testing::contains("class -1"));
}

TEST_CASE("samples stand in the middle of the network's input, channels innermost") {
  const testing::ScratchFolder folder;
  const std::string x = folder.write("x", npy("|u1", "(2, 2, 1, 2)", "\x01\x02\x03\x04\x05\x06\x07\x08"s));
  const std::string y = folder.write("y", npy("|u1", "(2,)", "\x01\x02"s));
  DataConfig config;
  config.kind = DataKind::npy;
  config.normalise = false;
  config.samples = 1;
  config.train = config.test = {config::InputFile(x), config::InputFile(y)};
  const TrainAndTest data = load_data(config, network_for("{channels: 2, height: 3, width: 2}"), 1);
  CHECK(data.train.size() == 1);
  CHECK(data.train.values == std::vector<float>{0, 0, 0, 0, 1, 3, 2, 4, 0, 0, 0, 0});
  CHECK(data.test.classes == std::vector<std::int32_t>{1, 2});
  CHECK_THROWS_WITH(load_data(config, network_for("{channels: 3, height: 3, width: 2}"), 1),
                    testing::contains("do not fit the network's input"));
  config.train.classes = config.train.values;
  CHECK_THROWS_WITH(load_data(config, network_for("{channels: 2, height: 3, width: 2}"), 1),
                    testing::contains("2 samples and 8 classes"));
  folder.write("y", "damaged");
  config.train.classes = config::InputFile(y);
  CHECK_THROWS_WITH(load_data(config, network_for("{channels: 2, height: 3, width: 2}"), 1),
                    testing::contains("learning.data.train.classes"));
}

TEST_CASE("an order by seed and epoch holds every sample once") {
  GeneratorConfig generator;
  const workload::Network network = network_for("{channels: 1, height: 4, width: 4}");
  DataConfig config;
  config.samples = 50;
  const TrainAndTest data = load_data(config, network, 3);
  const auto classes_of = [&](std::uint64_t seed, std::int64_t epoch) {
    std::vector<float> input(50 * 16);
    Targets targets;
    Batches(data.train, config, network, seed, epoch).fill(0, input, targets);
    return std::pair(input, targets.classes);
  };
  CHECK(classes_of(1, 0) == classes_of(1, 0));
  CHECK(classes_of(1, 0) != classes_of(1, 1));
  CHECK(classes_of(1, 0) != classes_of(2, 0));
  CHECK(classes_of(1, -1).first == data.train.values);
  std::vector<float> shuffled = classes_of(1, 0).first, all = data.train.values;
  std::sort(shuffled.begin(), shuffled.end());
  std::sort(all.begin(), all.end());
  CHECK(shuffled == all);
  double sum = 0;
  for (const float value : data.train.values) sum += double{value};
  CHECK(std::abs(sum) < 1e-2);  // normalised
}

TEST_CASE("a flip mirrors and a shift moves") {
  const workload::Network network = network_for("{channels: 1, height: 1, width: 3}");
  Dataset data;
  data.sample_values = 3;
  data.values = {1, 2, 3};
  data.classes = {0};
  DataConfig config;
  config.flip = true;
  config.shift = 1;
  bool mirrored = false, moved = false;
  for (std::int64_t epoch = 0; epoch < 64; ++epoch) {
    std::vector<float> input(3);
    Targets targets;
    Batches(data, config, network, 1, epoch).fill(0, input, targets);
    mirrored = mirrored || input == std::vector<float>{3, 2, 1};
    moved = moved || input == std::vector<float>{0, 1, 2};
  }
  CHECK(mirrored);
  CHECK(moved);
}
