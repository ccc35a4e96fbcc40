// SPDX-License-Identifier: MIT
// ONNX models as networks: what each operator becomes, in every version of it, and what is refused.
#include "config/load.h"
#include "support/catch.h"
#include "support/onnx_writer.h"
#include "unit/workload/networks.h"
#include "workload/onnx/import.h"
#include "workload/write_network.h"

using namespace kiln;
using namespace kiln::workload;
using Catch::Matchers::Contains;
namespace file = kiln::test::onnx;
using onnx::Imported;
using onnx::ImportOptions;
using onnx::Treatment;

namespace {

Imported imported(const file::Graph& graph, int opset = 18, const ImportOptions& options = {}) {
  return onnx::import_model(graph.model(opset), "model.onnx", options);
}

/// The lines of the layers, as they are written.
std::string lines(const Imported& model) {
  const std::string text = network_text(model.network);
  return text.substr(text.find("layers:"));
}

std::string refusal(const file::Graph& graph, int opset = 18, const ImportOptions& options = {}) {
  return config_error([&] { build_network(imported(graph, opset, options).network); });
}

file::Graph image() {
  file::Graph graph;
  graph.input("x", {-9, 3, 8, 8}).output("y");
  return graph;
}

file::Graph tokens() {
  file::Graph graph;
  graph.input("x", {-9, 5, 8}).output("y");
  return graph;
}

/// One operator with a float attribute `axes` and the like, or with an input in its place.
std::string axes(const file::Dims& values) {
  return file::integers("axes", values);
}

}  // namespace

TEST_CASE("a classifier becomes a line a layer, norms and activations behind their products") {
  file::Graph graph = image();
  graph.initializer(file::weights("stem.weight", {4, 3, 3, 3}))
      .initializer(file::weights("s", {4}))
      .initializer(file::weights("dw.weight", {4, 1, 3, 3}))
      .initializer(file::weights("dw.bias", {4}))
      .initializer(file::weights("fc.weight", {10, 4}))
      .initializer(file::weights("fc.bias", {10}))
      .node("Conv", {"x", "stem.weight"}, {"c"},
            file::integers("pads", {1, 1, 1, 1}) + file::integers("strides", {2, 2}))
      .node("BatchNormalization", {"c", "s", "s", "s", "s"}, {"n"}, file::real("epsilon", 1e-3F))
      .node("Relu", {"n"}, {"r"})
      .node("Conv", {"r", "dw.weight", "dw.bias"}, {"d"},
            file::integer("group", 4) + file::text("auto_pad", "SAME_UPPER"))
      .node("Add", {"d", "r"}, {"a"})
      .node("GlobalAveragePool", {"a"}, {"p"})
      .node("Flatten", {"p"}, {"f"})
      .node("Gemm", {"f", "fc.weight", "fc.bias"}, {"y"}, file::integer("transB", 1));
  const Imported model = imported(graph);
  CHECK(lines(model) == R"(layers:
  - {name: stem, op: conv, out: 4, kernel: 3, stride: 2, padding: 1, epsilon: 0.001, norm: batch, act: relu}
  - {name: dw, op: depthwise, kernel: 3, padding: 1}
  - {name: a, op: add, from: [dw, stem]}
  - {name: p, op: global_pool}
  - {name: fc, op: linear, out: 10}
)");
  const Network network = build_network(model.network);
  CHECK(network.layers.back().out.elements() == 10);
  CHECK(model.parameters == 4 * 27 + 4 + 36 + 4 + 40 + 10);  // s stands for four vectors
  CHECK(network.parameters() == 4 * 27 + 8 + 36 + 4 + 40 + 10);
  CHECK(network.forward_macs() == 16 * 4 * 27 + 16 * 4 * 9 + 40);
}

TEST_CASE("convolutions and pools over volumes, and dilated pools") {
  file::Graph graph;
  graph.input("x", {2, 3, 8, 16, 16})
      .output("y")
      .initializer(file::weights("stem.weight", {4, 3, 3, 7, 7}))
      .initializer(file::weights("next.weight", {6, 4, 3, 3, 3}))
      .initializer(file::weights("fc.weight", {10, 6}))
      .node("Conv", {"x", "stem.weight"}, {"c"},
            file::integers("pads", {1, 3, 3, 1, 3, 3}) + file::integers("strides", {1, 2, 2}))
      .node("MaxPool", {"c"}, {"m"},
            file::integers("kernel_shape", {2, 2, 2}) + file::integers("dilations", {1, 2, 2}))
      .node("Conv", {"m", "next.weight"}, {"n"}, file::integers("pads", {1, 1, 1, 1, 1, 1}))
      .node("GlobalAveragePool", {"n"}, {"p"})
      .node("Flatten", {"p"}, {"f"})
      .node("Gemm", {"f", "fc.weight"}, {"y"}, file::integer("transB", 1));
  const Imported model = imported(graph);
  CHECK(lines(model) == R"(layers:
  - {name: stem, op: conv, out: 4, kernel: 7, kernel_d: 3, stride: 2, stride_d: 1, padding: 3, padding_d: [1, 1], bias: false}
  - {name: m, op: max_pool, kernel: 2, dilation: 2, dilation_d: 1, padding: valid}
  - {name: next, op: conv, out: 6, kernel: 3, padding: 1, bias: false}
  - {name: p, op: global_pool}
  - {name: fc, op: linear, out: 10, bias: false}
)");
  CHECK(model.network.input.depth == 8);
  const Network network = build_network(model.network);
  CHECK(network.parameters() == 4 * 3 * 147 + 6 * 4 * 27 + 60);
  CHECK(network.forward_macs() == 8 * 8 * 8 * 4 * 3 * 147 + 7 * 6 * 6 * 6 * 4 * 27 + 60);
}

TEST_CASE("a network that was written is read again as the same") {
  file::Graph graph = image();
  graph.initializer(file::weights("w", {4, 3, 3, 3}))
      .node("Conv", {"x", "w"}, {"c"}, file::integers("pads", {0, 1, 2, 1}))
      .node("Sigmoid", {"c"}, {"g"})
      .node("Mul", {"c", "g"}, {"m"})
      .node("Split", {"m"}, {"a", "y"}, file::integer("axis", 1) + file::integer("num_outputs", 2))
      .node("Tanh", {"a"}, {"z"})
      .output("z");
  const Imported model = imported(graph);
  const std::string text = network_text(model.network, {"a note"});
  CHECK_THAT(text, Contains("# a note") && Contains("act: silu") && Contains("padding: [0, 1, 2, 1]"));
  const auto again = config::read_tree<NetworkConfig>(config::parse_yaml("again.yaml", text), "").value;
  CHECK(config::keys_and_values(again) == config::keys_and_values(model.network));
  CHECK(network_text(again, {"a note"}) == text);
  CHECK(again.outputs == std::vector<std::string>{"a:1", "z"});
}

TEST_CASE("attributes that became inputs mean the same in every version") {
  const auto with = [](const std::function<void(file::Graph&)>& add, int opset) {
    file::Graph graph = image();
    graph.initializer(file::weights("w", {4, 3, 1, 1})).node("Conv", {"x", "w"}, {"c"});
    add(graph);
    return lines(imported(graph, opset));
  };
  const auto same = [&](int early, int late, const std::function<void(file::Graph&)>& old,
                        const std::function<void(file::Graph&)>& now) {
    const std::string text = with(old, early);
    CHECK(text == with(now, late));
    return text;
  };
  CHECK_THAT(
      same(
          6, 13,
          [](file::Graph& g) { g.node("Clip", {"c"}, {"y"}, file::real("min", 0) + file::real("max", 6)); },
          [](file::Graph& g) {
            g.initializer(file::weights("low", {}, 0)).initializer(file::weights("high", {}, 6));
            g.node("Clip", {"c", "low", "high"}, {"y"});
          }),
      Contains("relu6"));
  CHECK_THAT(same(
                 9, 13,
                 [](file::Graph& g) {
                   g.node("Slice", {"c"}, {"y"},
                          axes({2}) + file::integers("starts", {1}) + file::integers("ends", {-1}));
                 },
                 [](file::Graph& g) {
                   g.initializer(file::wholes("b", {1}, {1})).initializer(file::wholes("e", {1}, {-1}));
                   g.initializer(file::wholes("i", {1}, {2})).node("Slice", {"c", "b", "e", "i"}, {"y"});
                 }),
             Contains("op: slice, axis: 1, begin: 1, end: 7"));
  CHECK_THAT(same(
                 11, 18,
                 [](file::Graph& g) {
                   g.node("ReduceMean", {"c"}, {"y"}, axes({2, 3}));
                 },
                 [](file::Graph& g) {
                   g.initializer(file::wholes("i", {2}, {2, 3})).node("ReduceMean", {"c", "i"}, {"y"});
                 }),
             Contains("global_pool"));
  CHECK_THAT(
      same(
          2, 18,
          [](file::Graph& g) {
            g.node("Pad", {"c"}, {"y"}, file::integers("pads", {0, 0, 1, 2, 0, 0, 3, 4}));
          },
          [](file::Graph& g) {
            g.initializer(file::wholes("p", {4}, {1, 2, 3, 4})).initializer(file::wholes("i", {2}, {2, 3}));
            g.node("Pad", {"c", "p", "", "i"}, {"y"});
          }),
      Contains("padding: [1, 2, 3, 4]"));
  CHECK_THAT(
      same(
          9, 19,
          [](file::Graph& g) {
            g.node("Upsample", {"c", "s"}, {"y"})
                .initializer(file::tensor("s", {4}, std::string("\0\0\x80?\0\0\x80?\0\0\0@\0\0\0@", 16), 1));
          },
          [](file::Graph& g) {
            g.initializer(file::wholes("size", {4}, {1, 4, 16, 16}));
            g.node("Resize", {"c", "", "", "size"}, {"y"});
          }),
      Contains("size: [16, 16]"));
  CHECK_THAT(
      same(
          11, 18,
          [](file::Graph& g) {
            g.node("Split", {"c"}, {"y", "z"}, file::integer("axis", 1) + file::integers("split", {1, 3}));
          },
          [](file::Graph& g) {
            g.initializer(file::wholes("p", {2}, {1, 3}));
            g.node("Split", {"c", "p"}, {"y", "z"}, file::integer("axis", 1));
          }),
      Contains("sizes: [1, 3]"));
  CHECK_THAT(same(
                 11, 13,
                 [](file::Graph& g) {
                   g.node("GlobalAveragePool", {"c"}, {"p"}).node("Squeeze", {"p"}, {"q"}, axes({2, 3}));
                   g.initializer(file::weights("m", {4, 2})).node("MatMul", {"q", "m"}, {"y"});
                 },
                 [](file::Graph& g) {
                   g.initializer(file::wholes("i", {2}, {2, 3})).initializer(file::weights("m", {4, 2}));
                   g.node("GlobalAveragePool", {"c"}, {"p"}).node("Squeeze", {"p", "i"}, {"q"});
                   g.node("MatMul", {"q", "m"}, {"y"});
                 }),
             Contains("op: linear, out: 2, bias: false"));
}

TEST_CASE("operators of the newest versions are known, later versions are refused by number") {
  file::Graph graph = tokens();
  graph.initializer(file::weights("scale", {8}))
      .node("RMSNormalization", {"x", "scale"}, {"n"})
      .node("Gelu", {"n"}, {"g"}, file::text("approximate", "tanh"))
      .node(
          "Attention", {"g", "n", "x"}, {"y"},
          file::integer("q_num_heads", 2) + file::integer("kv_num_heads", 2) + file::integer("is_causal", 1));
  for (const int opset : {18, 19, 20, 21, 22, 23})
    CHECK_THAT(lines(imported(graph, opset)),
               Contains("rmsnorm") && Contains("act: gelu") && Contains("heads: 2, causal: true"));
  CHECK_THAT(refusal(graph, 24), Contains("opset: is 24") && Contains("up to 23"));
  CHECK_THAT(config_error([&] { onnx::import_model(graph.model(18, 12), "m.onnx"); }),
             Contains("ir_version: is 12"));
}

TEST_CASE("what exporters take apart is put together again") {
  const auto number = [](file::Graph& g, const std::string& name, float value) {
    g.initializer(file::weights(name, {}, value));
  };
  SECTION("hard swish") {
    file::Graph graph = image();
    number(graph, "three", 3), number(graph, "zero", 0), number(graph, "six", 6);
    graph.node("Add", {"x", "three"}, {"a"}).node("Clip", {"a", "zero", "six"}, {"c"});
    graph.node("Mul", {"x", "c"}, {"m"}).node("Div", {"m", "six"}, {"y"});
    CHECK_THAT(lines(imported(graph)), Contains("- {name: y, op: activation, act: hard_swish}"));
    CHECK(imported(graph).network.layers.size() == 1);
  }
  SECTION("gelu, in both forms") {
    file::Graph graph = tokens();
    number(graph, "root", 1.41421356F), number(graph, "one", 1), number(graph, "half", 0.5F);
    graph.node("Div", {"x", "root"}, {"d"}).node("Erf", {"d"}, {"e"}).node("Add", {"e", "one"}, {"a"});
    graph.node("Mul", {"x", "a"}, {"m"}).node("Mul", {"m", "half"}, {"y"});
    CHECK(imported(graph).network.layers.back().act == Activation::gelu);
    CHECK(imported(graph).operators == 1);
    file::Graph tanh = tokens();
    number(tanh, "n3", 3), number(tanh, "c", 0.044715F), number(tanh, "s", 0.7978845F),
        number(tanh, "one", 1), number(tanh, "half", 0.5F);
    tanh.node("Pow", {"x", "n3"}, {"p"}).node("Mul", {"p", "c"}, {"q"}).node("Add", {"x", "q"}, {"r"});
    tanh.node("Mul", {"r", "s"}, {"t"}).node("Tanh", {"t"}, {"u"}).node("Add", {"u", "one"}, {"v"});
    tanh.node("Mul", {"x", "half"}, {"h"}).node("Mul", {"h", "v"}, {"y"});
    CHECK(imported(tanh).network.layers.back().act == Activation::gelu);
    CHECK(imported(tanh).operators == 1);
  }
  SECTION("layer norm") {
    file::Graph graph = tokens();
    number(graph, "two", 2), number(graph, "epsilon", 1e-6F);
    graph.initializer(file::weights("ln.weight", {8})).initializer(file::weights("ln.bias", {8}));
    graph.initializer(file::wholes("last", {1}, {-1}));
    graph.node("ReduceMean", {"x", "last"}, {"m"})
        .node("Sub", {"x", "m"}, {"d"})
        .node("Pow", {"d", "two"}, {"s"});
    graph.node("ReduceMean", {"s", "last"}, {"v"})
        .node("Add", {"v", "epsilon"}, {"e"})
        .node("Sqrt", {"e"}, {"r"});
    graph.node("Div", {"d", "r"}, {"q"})
        .node("Mul", {"q", "ln.weight"}, {"w"})
        .node("Add", {"w", "ln.bias"}, {"y"});
    const Imported model = imported(graph);
    CHECK(model.operators == 1);
    CHECK(model.parameters == 16);
    CHECK_THAT(lines(model), Contains("op: layernorm"));
    CHECK(model.network.layers.back().epsilon == Approx(1e-6));
  }
  SECTION("group norm") {
    file::Graph graph = image();
    graph.initializer(file::weights("w", {6, 3, 1, 1})).initializer(file::wholes("cut", {3}, {0, 2, -1}));
    graph.initializer(file::weights("ones", {2})).initializer(file::wholes("back", {4}, {1, 6, 8, 8}));
    graph.initializer(file::weights("g.weight", {6, 1, 1})).initializer(file::weights("g.bias", {6, 1, 1}));
    graph.node("Conv", {"x", "w"}, {"c"}).node("Reshape", {"c", "cut"}, {"r"});
    graph.node("InstanceNormalization", {"r", "ones", "ones"}, {"i"}).node("Reshape", {"i", "back"}, {"b"});
    graph.node("Mul", {"b", "g.weight"}, {"m"}).node("Add", {"m", "g.bias"}, {"y"});
    const Imported model = imported(graph);
    CHECK_THAT(lines(model), Contains("op: groupnorm, groups: 2"));
    CHECK(build_network(model.network).parameters() == 18 + 12);
  }
}

TEST_CASE("a branch is taken when its condition is known, and asked for when it is not") {
  file::Graph then, other, graph = tokens();
  then.output("t").node("Relu", {"x"}, {"t"});
  other.output("e").initializer(file::weights("k", {8, 3})).node("MatMul", {"x", "k"}, {"e"});
  graph.input("sr", {}, 7)
      .initializer(file::wholes("sixteen", {}, {16000}))
      .node("Equal", {"sr", "sixteen"}, {"c"})
      .node("If", {"c"}, {"y"},
            file::graph_attribute("then_branch", then.bytes()) +
                file::graph_attribute("else_branch", other.bytes()),
            "choice");
  CHECK_THAT(refusal(graph), Contains("If 'choice'") && Contains("--bind sr=..."));
  CHECK_THAT(lines(imported(graph, 16, {.bind = {{"sr", 16000}}})), Contains("act: relu"));
  CHECK_THAT(lines(imported(graph, 16, {.bind = {{"sr", 8000}}})), Contains("linear"));
  CHECK_THAT(refusal(graph, 16, {.bind = {{"sr", 1}, {"rate", 2}}}), Contains("bind.rate") && Contains("sr"));
}

TEST_CASE("symbols are bound by name; the samples are one") {
  file::Graph graph;
  graph.input("x", {-9, 3, -1, 0}).output("y").node("Relu", {"x"}, {"y"});
  CHECK_THAT(refusal(graph), Contains("input 'x'") && Contains("--bind s1=... x.3=..."));
  const Imported model = imported(graph, 18, {.bind = {{"s1", 12}, {"x.3", 10}, {"batch", 4}}});
  CHECK((model.network.input.height == 12 && model.network.input.width == 10));
  CHECK(model.file_batch == 4);
  file::Graph fixed;  // made for 8 samples, which a Reshape repeats
  fixed.input("x", {8, 3, 2, 2})
      .output("y")
      .initializer(file::wholes("s", {2}, {8, 12}))
      .initializer(file::weights("w", {12, 5}));
  fixed.node("Reshape", {"x", "s"}, {"r"}).node("MatMul", {"r", "w"}, {"y"});
  CHECK(imported(fixed).file_batch == 8);
  CHECK_THAT(lines(imported(fixed)), Contains("flatten") && Contains("out: 5"));
}

TEST_CASE("functions are inlined with their attributes") {
  using file::field;
  file::Graph graph = image();
  graph.node("Gate", {"x"}, {"y"}, file::real("slope", 0.25F), "call", "my");
  const std::string by_name = field(
      5, field(1, std::string("alpha")) + field(21, std::string("slope")) + field(20, std::uint64_t{1}));
  const std::string body = field(1, std::string("a")) + field(2, std::string("h")) +
                           field(4, std::string("HardSigmoid")) + by_name;
  const std::string product = field(1, std::string("a")) + field(1, std::string("h")) +
                              field(2, std::string("b")) + field(4, std::string("Mul"));
  const std::string function =
      field(25, field(1, std::string("Gate")) + field(4, std::string("a")) + field(5, std::string("b")) +
                    field(6, std::string("slope")) + field(7, body) + field(7, product) +
                    field(10, std::string("my")));
  const Imported model = onnx::import_model(graph.model(18, 8, function), "model.onnx");
  CHECK_THAT(lines(model), Contains("hard_sigmoid") && Contains("op: mul"));
  CHECK_THAT(config_error([&] { imported(graph); }), Contains("Gate 'call'") && Contains("operator of 'my'"));
}

TEST_CASE("what Kiln has no layer for is named with its operator, and may be treated") {
  file::Graph graph = image();
  graph.node("Relu", {"x"}, {"r"})
      .node("NonMaxSuppression", {"r"}, {"n"}, "", "nms")
      .node("Tanh", {"n"}, {"y"});
  CHECK_THAT(refusal(graph), Contains("NonMaxSuppression 'nms': is not supported") &&
                                 Contains("--treat NAME=") && Contains("Conv, "));
  CHECK_THAT(lines(imported(graph, 18, {.treat = {{"nms", Treatment::identity}}})),
             Contains("act: tanh") && !Contains("nms"));
  CHECK_THAT(lines(imported(graph, 18, {.treat = {{"nms", Treatment::elementwise}}})),
             Contains("name: nms, op: activation, act: other"));
  CHECK_THAT(refusal(graph, 18, {.treat = {{"nms", Treatment::host}}}),
             Contains("needs a shape in the file"));
  CHECK_THAT(refusal(graph, 18, {.treat = {{"nmx", Treatment::host}}}),
             Contains("treat.nmx") && Contains("nms"));
  file::Graph shaped = image();
  shaped.node("Relu", {"x"}, {"r"})
      .node("NonMaxSuppression", {"r"}, {"n"}, "", "nms")
      .node("Add", {"n", "r"}, {"y"});
  std::string bytes = shaped.bytes() + file::field(13, file::value("n", {1, 3, 8, 8}));
  bytes = file::field(1, std::uint64_t{8}) + file::field(7, bytes) +
          file::field(8, file::field(2, std::uint64_t{18}));
  const Imported model = onnx::import_model(bytes, "model.onnx", {.treat = {{"nms", Treatment::host}}});
  CHECK_THAT(lines(model), Contains("op: input, axis: 0, shape: [3, 8, 8]"));
}

TEST_CASE("folded batch norms are warned about and put back when asked") {
  file::Graph graph = image();
  graph.initializer(file::weights("a", {4, 3, 1, 1}))
      .initializer(file::weights("b", {4, 4, 1, 1}))
      .initializer(file::weights("z", {4}));
  graph.node("Conv", {"x", "a", "z"}, {"c"}).node("Relu", {"c"}, {"r"}).node("Conv", {"r", "b", "z"}, {"y"});
  REQUIRE(imported(graph).notes.size() == 2);
  CHECK_THAT(imported(graph).notes[1], Contains("2 convolutions have a bias") && Contains("--unfold-norm"));
  ImportOptions options;
  options.unfold_norm = true;
  CHECK_THAT(lines(imported(graph, 18, options)), Contains("norm: batch, act: relu") && !Contains("bias"));
}

TEST_CASE("quantised models are the networks they stand for") {
  file::Graph graph = image();
  graph.initializer(file::tensor("w", {4, 3, 1, 1}, std::string(12, '\x01'), 3))
      .initializer(file::weights("s", {}, 0.1F));
  graph.initializer(file::tensor("z", {}, std::string(1, '\0'), 3));
  graph.node("QuantizeLinear", {"x", "s", "z"}, {"q"}).node("DequantizeLinear", {"q", "s", "z"}, {"d"});
  graph.node("DequantizeLinear", {"w", "s", "z"}, {"k"}).node("Conv", {"d", "k"}, {"y"});
  const Imported model = imported(graph);
  CHECK(model.is_quantised);
  CHECK(model.parameters == 12);
  CHECK(model.network.layers.size() == 1);
}

TEST_CASE("further inputs, states and directions of a recurrent layer") {
  file::Graph graph;
  graph.input("x", {6, -9, 3}).input("h", {2, -9, 4}).output("y").output("last");
  graph.initializer(file::weights("w", {2, 16, 3}))
      .initializer(file::weights("r", {2, 16, 4}))
      .initializer(file::weights("b", {2, 32}));
  graph.node("LSTM", {"x", "w", "r", "b"}, {"y", "last", ""},
             file::integer("hidden_size", 4) + file::text("direction", "bidirectional"), "rnn");
  const Imported model = imported(graph);
  CHECK_THAT(lines(model), Contains("rnn.forward, op: lstm, out: 4") && Contains("reverse: true") &&
                               Contains("op: concat"));
  const Network network = build_network(model.network);
  CHECK(network.parameters() == 2 * 16 * (3 + 4 + 2));
  CHECK(network.forward_macs() == 2 * 6 * 16 * (3 + 4));
  CHECK_THAT(model.notes[0], Contains("'last' hands the last state"));
  file::Graph stateful;
  stateful.input("x", {6, -9, 3}).input("h", {1, -9, 4}).output("y");
  stateful.initializer(file::weights("w", {1, 12, 3})).initializer(file::weights("r", {1, 12, 4}));
  stateful.node("GRU", {"x", "w", "r", "", "", "h"}, {"y"}, file::integer("hidden_size", 4), "rnn");
  CHECK_THAT(lines(imported(stateful)),
             Contains("name: h, op: input") && Contains("op: gru, from: [channels_last, h]"));
}

TEST_CASE("hostile models are refused") {
  const auto one = [](const std::string& op, const std::vector<std::string>& inputs,
                      const std::string& attributes) {
    file::Graph graph = image();
    graph.initializer(file::weights("w", {4, 3, 3, 3})).initializer(file::weights("scalar", {}));
    graph.initializer(file::wholes("zero", {}, {0})).initializer(file::wholes("huge", {}, {1LL << 40}));
    graph.initializer(file::wholes("one", {}, {1}))
        .initializer(file::wholes("most", {2}, {1LL << 40, 1LL << 40}));
    graph.node(op, inputs, {"z"}, attributes).node("Relu", {"x"}, {"r"}).node("Add", {"r", "z"}, {"y"});
    return refusal(graph);
  };
  CHECK_THAT(one("Conv", {"x", "w"}, file::integers("strides", {0, 0})), Contains("strides of 0"));
  CHECK_THAT(one("Gemm", {"x", "scalar"}, ""), Contains("factors of"));
  CHECK_THAT(one("Range", {"zero", "huge", "one"}, ""), Contains("without end"));
  CHECK_THAT(one("ConstantOfShape", {"most"}, ""), Contains("2^62"));
  CHECK_THAT(one("Reshape", {"x", "most"}, ""), Contains("do not fill") || Contains("out of range"));
  CHECK_THAT(one("Concat", {"x", "x"}, file::integer("axis", 9)), Contains("axis 9"));
  CHECK_THAT(one("Transpose", {"x"}, file::integers("perm", {0, 0, 1, 2})), Contains("each axis once"));
  CHECK_THAT(one("Conv", {"x"}, ""), Contains("input 1 is missing"));
  CHECK_THAT(one("Div", {"one", "zero"}, ""), Contains("division by zero"));
  std::string nested = file::Graph().output("x").bytes();
  for (int i = 0; i < 40; ++i) {
    file::Graph around;
    around.output("o").initializer(file::tensor("c", {}, "\x01", 9));
    around.node("If", {"c"}, {"o"}, file::graph_attribute("then_branch", nested));
    nested = around.bytes();
  }
  const std::string model = file::field(1, std::uint64_t{8}) + file::field(7, nested) +
                            file::field(8, file::field(2, std::uint64_t{18}));
  CHECK_THAT(config_error([&] { onnx::import_model(model, "m.onnx"); }), Contains("stand in one another"));
  file::Graph backwards = image();
  backwards.node("Relu", {"later"}, {"y"}).node("Relu", {"x"}, {"later"});
  CHECK_THAT(refusal(backwards), Contains("reads 'later'") && Contains("in order"));
  file::Graph twice = image();
  twice.node("Relu", {"x"}, {"y"}).node("Tanh", {"x"}, {"y"});
  CHECK_THAT(refusal(twice), Contains("a second time"));
}
