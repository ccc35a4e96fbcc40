// SPDX-License-Identifier: MIT
// The reader of ONNX files: what it finds, and what it says of damaged and hostile ones.
#include <filesystem>

#include "base/error.h"
#include "base/mapped_file.h"
#include "support/catch.h"
#include "support/onnx_writer.h"
#include "support/scratch_folder.h"
#include "workload/onnx/constant.h"
#include "workload/onnx/model.h"

using namespace kiln;
using namespace kiln::workload::onnx;
using Catch::Matchers::Contains;
namespace file = kiln::test::onnx;
namespace fs = std::filesystem;

namespace {

file::Graph small_graph() {
  file::Graph graph;
  graph.input("x", {-9, 3, 8, 8})
      .output("y", {-9, 4, 8, 8})
      .initializer(file::weights("w", {4, 3, 3, 3}))
      .node("Conv", {"x", "w"}, {"y"}, file::integers("pads", {1, 1, 1, 1}), "conv");
  return graph;
}

/// What the reader says of these bytes; empty: nothing.
std::string wire_error(const std::string& bytes, Limits limits = {}) {
  try {
    ModelReader(limits).model(bytes);
  } catch (const WireError& error) {
    return fmt::format("{}: {}", error.offset(), error.what());
  }
  return {};
}

Tensor external(const std::string& location, const std::string& offset, const std::string& length,
                const file::Dims& dims = {4}) {
  static std::vector<std::string> kept;
  std::string made;
  for (const std::int64_t extent : dims) made += file::field(1, static_cast<std::uint64_t>(extent));
  const auto entry = [](const std::string& key, const std::string& value) {
    return file::field(13, file::field(1, key) + file::field(2, value));
  };
  made += file::field(2, std::uint64_t{1}) + file::field(8, std::string("t")) + entry("location", location);
  if (!offset.empty()) made += entry("offset", offset);
  if (!length.empty()) made += entry("length", length);
  kept.reserve(64);
  kept.push_back(made + file::field(14, std::uint64_t{1}));
  return ModelReader().tensor({kept.back(), 0});
}

std::string data_error(const Tensor& tensor, const std::string& folder) {
  try {
    check_data(tensor, folder);
    constant_of(tensor, folder);
  } catch (const WireError& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("a model is read as it is written") {
  const std::string bytes = small_graph().model(18, 10);
  const Model model = ModelReader().model(bytes);
  CHECK(model.ir_version == 10);
  CHECK(model.producer == "test");
  REQUIRE(model.opsets.size() == 1);
  CHECK(model.opsets[0].version == 18);
  REQUIRE(model.graph.nodes.size() == 1);
  const Node& node = model.graph.nodes[0];
  CHECK((node.op == "Conv" && node.name == "conv" && node.inputs.size() == 2));
  CHECK(integers_of(*node.find("pads")) == std::vector<std::int64_t>{1, 1, 1, 1});
  CHECK(node.find("strides") == nullptr);
  CHECK(model.graph.initializers[0].elements() == 108);
  CHECK(model.graph.inputs[0].dims->at(0).symbol == "N");
  CHECK(model.graph.inputs[0].dims->at(1).extent == 3);
}

TEST_CASE("numbers are read from raw data and from typed fields, packed or not") {
  const auto numbers = [](const std::string& bytes) {
    const auto constant = constant_of(ModelReader().tensor({bytes, 0}), "");
    REQUIRE(constant.has_value());
    std::vector<double> all;
    for (std::size_t i = 0; i < constant->size(); ++i) all.push_back(constant->number(i));
    return all;
  };
  using file::field;
  const auto typed = [](int type, int count, const std::string& data) {
    return field(1, static_cast<std::uint64_t>(count)) + field(2, static_cast<std::uint64_t>(type)) + data;
  };
  CHECK(numbers(file::wholes("t", {3}, {1, -2, 3})) == std::vector<double>{1, -2, 3});
  CHECK(numbers(file::weights("t", {2}, 0.25F)) == std::vector<double>{0.25, 0.25});
  CHECK(numbers(typed(1, 2, field(4, 1.5F) + field(4, -2.0F))) == std::vector<double>{1.5, -2});
  CHECK(numbers(typed(7, 3, field(7, file::varint(5) + file::varint(~std::uint64_t{0}) + file::varint(7)))) ==
        std::vector<double>{5, -1, 7});
  CHECK(numbers(typed(10, 2, field(5, file::varint(0x3C00) + file::varint(0xC000)))) ==
        std::vector<double>{1, -2});  // halves as whole numbers
  CHECK(numbers(typed(16, 1, field(5, file::varint(0x3FC0)))) == std::vector<double>{1.5});
  CHECK(numbers(file::tensor("t", {2}, std::string("\x01\x00\x00\x3c", 4), 10)) ==
        std::vector<double>{0x1p-24, 1});
}

TEST_CASE("every cut of a file is an error or a shorter file, never a crash") {
  const std::string bytes = small_graph().model();
  int refused = 0;
  for (std::size_t length = 0; length < bytes.size(); ++length)
    refused += !wire_error(bytes.substr(0, length)).empty();
  CHECK(refused > static_cast<int>(bytes.size()) / 2);
}

TEST_CASE("damaged files are refused with the byte and the reason") {
  using file::field;
  const auto model_of = [](const std::string& graph) { return field(7, graph); };
  const auto tensor_of = [&](const std::string& tensor) { return model_of(field(5, tensor)); };
  CHECK_THAT(wire_error(""), Contains("0: no graph"));
  CHECK_THAT(wire_error("\x0b"), Contains("wire type 3"));
  CHECK_THAT(wire_error(std::string("\x00\x01", 2)), Contains("field of number 0"));
  CHECK_THAT(wire_error("\x3a\x05"
                        "ab"),
             Contains("5 bytes are announced, 2 are left"));
  CHECK_THAT(wire_error(std::string("\x08") + std::string(11, '\xff')), Contains("more than 10 bytes"));
  CHECK_THAT(wire_error(field(7, std::uint64_t{3})), Contains("a text or a message was expected"));
  CHECK_THAT(wire_error(model_of("") + model_of("")), Contains("second main graph"));
  CHECK_THAT(wire_error(tensor_of(file::tensor("t", {3}, "123", 1))),
             Contains("3 elements of 32 bits with 3 bytes"));
  CHECK_THAT(wire_error(tensor_of(file::tensor("t", {-3}, "", 1))), Contains("extent of -3"));
  CHECK_THAT(wire_error(tensor_of(file::tensor("t", {1LL << 40, 1LL << 40}, "", 1))), Contains("2^62"));
  CHECK_THAT(wire_error(tensor_of(file::tensor("t", file::Dims(9, 1), "1234", 1))),
             Contains("more than 8 axes"));
  CHECK_THAT(wire_error(model_of(field(15, std::string("x")))), Contains("sparse"));
}

TEST_CASE("limits hold for all of a file together") {
  file::Graph graph;
  for (int i = 0; i < 20; ++i) graph.node("Relu", {"x"}, {"y"});
  Limits limits;
  limits.nodes = 10;
  CHECK_THAT(wire_error(graph.model(), limits), Contains("more than 10 nodes"));
  limits.nodes = 100;
  limits.parts = 30;
  CHECK_THAT(wire_error(graph.model(), limits), Contains("more than 30 nodes, names"));
  CHECK(wire_error(graph.model()).empty());
}

TEST_CASE("external data lie in the model's folder, links included, and are long enough") {
  const testing::ScratchFolder folder;
  folder.write("inner/data.bin", std::string(20, '\x01'));
  const std::string outer = folder.path().string(), inner = outer + "/inner";
  CHECK(data_error(external("data.bin", "4", "16"), inner).empty());
  CHECK(data_error(external("inner/data.bin", "", ""), outer).empty());
  CHECK_THAT(data_error(external("data.bin", "8", "16"), inner), Contains("end behind the end"));
  CHECK_THAT(data_error(external("data.bin", "8", ""), inner),
             Contains("hold 12 bytes, too few for 4 elements"));
  CHECK_THAT(data_error(external("data.bin", "21", ""), inner), Contains("begin behind the end"));
  CHECK_THAT(data_error(external("data.bin", "x", ""), inner), Contains("which is no number"));
  CHECK_THAT(data_error(external("../inner/data.bin", "", ""), inner), Contains("outside"));
  CHECK_THAT(data_error(external("/etc/passwd", "", ""), inner), Contains("relative file name"));
  CHECK_THAT(data_error(external("missing.bin", "", ""), inner), Contains("cannot be found"));
  CHECK_THAT(data_error(external(".", "", ""), inner), Contains("is a directory"));
  fs::create_symlink("/etc/passwd", inner + "/link.bin");
  CHECK_THAT(data_error(external("link.bin", "", ""), inner), Contains("outside"));
}

TEST_CASE("a mapped file is its bytes; what has no pages is refused") {
  const testing::ScratchFolder folder;
  const std::string path = folder.write("f", "abc");
  CHECK(base::MappedFile(path).bytes() == "abc");
  folder.write("f", "");
  CHECK(base::MappedFile(path).bytes().empty());
  CHECK_THROWS_AS(base::MappedFile((folder.path() / "none").string()), base::ConfigError);
  CHECK_THROWS_AS(base::MappedFile(folder.path().string()), base::ConfigError);
  CHECK_THROWS_AS(base::MappedFile("/dev/zero"), base::ConfigError);
}
