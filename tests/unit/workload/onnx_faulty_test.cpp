// SPDX-License-Identifier: MIT
// ONNX models that leave out what an operator needs, or whose numbers lie at the end of their range.
#include "support/catch.h"
#include "support/onnx_writer.h"
#include "unit/workload/networks.h"
#include "workload/onnx/import.h"

using namespace kiln;
using namespace kiln::workload;
using Catch::Matchers::Contains;
namespace file = kiln::test::onnx;

namespace {

constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();

NetworkConfig network(const file::Graph& graph, const std::string& more = "") {
  return onnx::import_model(graph.model(18, 8, more), "model.onnx").network;
}

file::Graph faulty_image() {
  file::Graph graph;
  graph.input("x", {-9, 3, 8, 8}).output("y");
  return graph;
}

/// What is said of an operator beside a sound one. `i1` is the index 1, `f1` the same as a float, `none` an
/// empty list.
std::string said_of(const std::string& op, const std::vector<std::string>& inputs,
                    const std::vector<std::string>& outputs = {"z"}, const std::string& attributes = "") {
  file::Graph graph = faulty_image();
  graph.input("s", {-9, 5, 8})
      .initializer(file::wholes("i1", {1}, {1}))
      .initializer(file::weights("f1", {1}, 1))
      .initializer(file::wholes("none", {0}, {}))
      .initializer(file::wholes("list", {3}, {4, 5, 6}))
      .initializer(file::weights("r", {1, 16, 4}));
  graph.node(op, inputs, outputs, attributes, "faulty").node("Add", {"x", "z"}, {"y"});
  return config_error([&] { network(graph); });
}

/// The only layer of a model that adds these computed numbers, one, to its input.
double added(file::Graph graph, const std::string& computed) {
  graph.node("Cast", {computed}, {"real"}, file::integer("to", 1)).node("Add", {"x", "real"}, {"y"});
  const NetworkConfig made = network(graph);
  REQUIRE(made.layers.size() == 1);
  REQUIRE(made.layers[0].value.has_value());
  return *made.layers[0].value;
}

}  // namespace

TEST_CASE("an operator without an input that it needs is refused") {
  for (const char* op : {"Add", "Sub", "Mul", "Div", "Pow", "Equal"}) {
    INFO(op);
    CHECK_THAT(said_of(op, {"x"}), Contains("faulty") && Contains("input 1 is missing"));
    CHECK_THAT(said_of(op, {"x", ""}), Contains("faulty") && Contains("input 1 is missing"));
  }
  CHECK_THAT(said_of("Sum", {"x", "", "x"}), Contains("input 1 is missing"));
  CHECK_THAT(said_of("BatchNormalization", {"x"}), Contains("input 1 is missing"));
  CHECK_THAT(said_of("Attention", {"s", "", "s"}, {"z"}, file::integer("q_num_heads", 1)),
             Contains("input 1 is missing"));
  CHECK_THAT(said_of("LSTM", {"s", "", "r"}), Contains("input 1 is missing"));
}

TEST_CASE("patterns look at operators that are whole only") {
  file::Graph graph = faulty_image();
  graph.initializer(file::weights("six", {}, 6));
  graph.node("Mul", {"x"}, {"m"}, "", "faulty").node("Div", {"m", "six"}, {"y"});
  CHECK_THAT(config_error([&] { network(graph); }), Contains("faulty"));
}

TEST_CASE("a result whose shape Kiln does not know is refused where it is read") {
  file::Graph graph = faulty_image();
  graph.initializer(file::weights("scale", {8}));
  graph.node("LayerNormalization", {"x", "scale"}, {"n", "mean"})
      .node("Softmax", {"mean"}, {"y"}, "", "soft");
  CHECK_THAT(config_error([&] { network(graph); }),
             Contains("soft") && Contains("the shape of 'mean' is not known"));
}

TEST_CASE("a Split without results and a Range without a start are refused") {
  file::Graph split = faulty_image();
  split.node("Split", {"x"}, {}, file::integer("axis", 1)).node("Relu", {"x"}, {"y"});
  CHECK(network(split).layers.size() == 1);  // nothing reads it
  CHECK_THAT(said_of("Range", {"none", "i1", "i1"}), Contains("start") && Contains("one number"));
  CHECK_THAT(said_of("Range", {"i1", "list", "f1"}), Contains("limit") && Contains("one number"));
  CHECK_THAT(said_of("Gather", {"list", "f1"}), Contains("indices") && Contains("whole numbers"));
}

TEST_CASE("the largest whole number means the end, whatever it went through") {
  file::Graph graph = faulty_image();
  graph.initializer(file::wholes("begin", {2}, {1, 2}))
      .initializer(file::wholes("end", {1}, {kLast}))
      .initializer(file::wholes("axes", {2}, {2, 3}));
  graph.node("Concat", {"end", "end"}, {"ends"}, file::integer("axis", 0))
      .node("Slice", {"x", "begin", "ends", "axes"}, {"y"});
  const Network made = build_network(network(graph));
  CHECK(made.layers.back().out.extents() == std::vector<std::int64_t>{3, 7, 6});
}

TEST_CASE("a Slice of known numbers stays within them") {
  const auto slice = [](std::int64_t extent, const file::Dims& axes, const file::Dims& begins,
                        const file::Dims& ends, std::int64_t step) {
    const auto rank = static_cast<std::int64_t>(axes.size());
    file::Graph graph = faulty_image();
    graph.initializer(file::wholes("list", {extent}, file::Dims(static_cast<std::size_t>(extent), 7)))
        .initializer(file::wholes("axes", {rank}, axes))
        .initializer(file::wholes("begins", {rank}, begins))
        .initializer(file::wholes("ends", {rank}, ends))
        .initializer(file::wholes("steps", {rank}, file::Dims(axes.size(), step)));
    graph.node("Slice", {"list", "begins", "ends", "axes", "steps"}, {"z"}, "", "faulty");
    return graph.node("Add", {"x", "z"}, {"y"});
  };
  CHECK_THAT(config_error([&] {
               network(slice(4, {0, -1}, {3, 3}, {4, 4}, 1));
             }),
             Contains("faulty") && Contains("axis -1 is named twice"));
  CHECK_THAT(config_error([&] { network(slice(0, {0}, {-1}, {-kLast}, -1)); }),
             Contains("8 and 0 do not fit"));
  CHECK(network(slice(8, {0}, {-1}, {-kLast}, -1)).layers.size() == 1);
}

TEST_CASE("extents that overflow are refused") {
  file::Graph graph = faulty_image();
  graph.initializer(file::wholes("extent", {1}, {1LL << 40}))
      .initializer(file::wholes("n", {1}, {1LL << 31}));
  graph.node("ConstantOfShape", {"extent"}, {"c"}).node("Tile", {"c", "n"}, {"z"}, "", "faulty");
  graph.node("Add", {"x", "z"}, {"y"});
  CHECK_THAT(config_error([&] { network(graph); }), Contains("faulty") && Contains("2^62"));
}

TEST_CASE("a step far beyond the axis takes one place of it") {
  file::Graph graph = faulty_image();
  graph.initializer(file::wholes("begin", {1}, {1}))
      .initializer(file::wholes("end", {1}, {kLast}))
      .initializer(file::wholes("axes", {1}, {2}))
      .initializer(file::wholes("step", {1}, {kLast}));
  graph.node("Slice", {"x", "begin", "end", "axes", "step"}, {"y"});
  CHECK(network(graph).layers.size() == 1);
}

TEST_CASE("reductions of known numbers: over nothing, and left alone") {
  file::Graph product = faulty_image();
  product.initializer(file::wholes("none", {0}, {}))
      .node("ReduceProd", {"none"}, {"p"}, file::integer("keepdims", 0));
  CHECK(added(product, "p") == 1);
  file::Graph alone = faulty_image();
  alone.initializer(file::wholes("list", {2}, {3, 4})).initializer(file::wholes("second", {}, {1}));
  alone.node("ReduceSum", {"list"}, {"same"}, file::integer("noop_with_empty_axes", 1))
      .node("Gather", {"same", "second"}, {"p"});
  CHECK(added(alone, "p") == 4);
}

TEST_CASE("the version that is told is that of ONNX's own operators") {
  file::Graph graph = faulty_image();
  graph.node("Relu", {"x"}, {"y"});
  const auto set = [](const std::string& domain, std::uint64_t version) {
    return file::field(8, file::field(1, domain) + file::field(2, version));
  };
  const std::string model =
      file::field(1, std::uint64_t{8}) + file::field(7, graph.bytes()) + set("ai.onnx.ml", 3) + set("", 17);
  CHECK_THAT(onnx::import_model(model, "m.onnx").network.source, Contains("ONNX opset 17"));
}
