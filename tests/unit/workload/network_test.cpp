// SPDX-License-Identifier: MIT
#include "workload/network.h"

#include "support/catch.h"
#include "unit/workload/networks.h"

using namespace kiln;
using namespace kiln::workload;
using Catch::Matchers::Contains;

TEST_CASE("shapes follow from the layer lines") {
  const Network network = build_network(parse(R"(
  - {name: a, op: conv, out: 8, kernel: 3, stride: 2}
  - {name: b, op: conv, out: 4, kernel: 5, padding: valid}
  - {name: c, op: depthwise, kernel: 3, stride: 2, norm: batch}
  - {name: d, op: max_pool, kernel: 2, stride: 2}
  - {name: e, op: flatten}
  - {name: f, op: linear, out: 5}
)",
                                              "{channels: 3, height: 17, width: 19}"));
  CHECK(network.layers[0].out == Shape::map(8, 9, 10));  // ceil(17 / 2), ceil(19 / 2)
  CHECK(network.layers[1].out == Shape::map(4, 5, 6));   // 9 - 5 + 1
  CHECK(network.layers[2].out == Shape::map(4, 3, 3));
  CHECK(network.layers[3].out == Shape::map(4, 2, 2));
  CHECK(network.layers[5].in == Shape::vector(16));
  CHECK(network.layers[0].parameters() == 8 * 3 * 9 + 8);
  CHECK(network.layers[2].parameters() == 4 * 9 + 2 * 4);  // a norm replaces the bias
  CHECK(network.layers[0].macs == 8 * 3 * 9 * 9 * 10);
  CHECK(network.layers[5].parameters() == 16 * 5 + 5);
}

TEST_CASE("kernels and strides may differ by direction, groups divide the work") {
  const Network network = build_network(parse(R"(
  - {name: a, op: conv, out: 64, kernel: 10, kernel_w: 4, stride: 2, stride_w: 1}
  - {name: b, op: conv, out: 32, kernel: 3, groups: 8, bias: false}
)",
                                              "{channels: 1, height: 49, width: 10}"));
  CHECK(network.layers[0].out == Shape::map(64, 25, 10));
  CHECK(network.layers[1].parameters() == 32 * 9 * 8);
}

TEST_CASE("an lstm has four gates and two bias vectors") {
  const Network network = build_network(parse(R"(
  - {name: l, op: lstm, out: 20}
  - {name: s, op: select, token: last}
)",
                                              "{channels: 10, height: 7, width: 1}"));
  CHECK(network.layers[0].parameters() == 4 * 20 * (10 + 20 + 2));
  CHECK(network.layers[0].macs == 7 * 4 * 20 * (10 + 20));
  CHECK(network.layers[1].out == Shape::vector(20));
}

TEST_CASE("attention and tables") {
  const Network network = build_network(transformer());
  CHECK(network.layers[network.find("qk", "")].out == Shape({4, 12, 12}, 2));  // a row per head and query
  CHECK(network.layers[network.find("qk", "")].macs == 12 * 12 * 16);
  CHECK(network.layers[network.find("av", "")].out == Shape::tokens(12, 16));
  CHECK(network.layers[network.find("places", "")].parameters() == 12 * 16);
  CHECK(network.layers[network.find("logits", "")].parameters() == 0);
  CHECK(network.layers[network.find("logits", "")].macs == 12 * 16 * 50);
}

TEST_CASE("every layer that does not fit is named once, with the remedy") {
  const std::string text = config_error([] {
    build_network(parse(R"(
  - {name: stem, op: conv, out: 8, kernel: 3}
  - {name: body, op: conv, from: [stam], out: 8}
  - {name: after, op: conv, out: 8}
  - {name: wide, op: conv, from: [stem], out: 16}
  - {name: sum, op: add, from: [wide, stem]}
  - {name: odd, op: conv, from: [stem], out: 9, groups: 4}
)"));
  });
  CHECK_THAT(text, Contains("layers.body.from") && Contains("'stam'") && Contains("did you mean 'stem'?"));
  CHECK_THAT(text, Contains("layers.sum.from") && Contains("16x16x16 and 8x16x16"));
  CHECK_THAT(text, Contains("layers.odd.groups") && Contains("4 does not divide"));
  CHECK_THAT(text, !Contains("layers.after"));
}

TEST_CASE("mistakes that would train nonsense are refused") {
  const auto error = [](const std::string& layers,
                        const std::string& input = "{channels: 3, height: 16, width: 16}") {
    return config_error([&] { build_network(parse(layers, input)); });
  };
  CHECK_THAT(error("  - {name: a, op: conv, out: 8}\n  - {name: a, op: conv, out: 8}\n"),
             Contains("used by an earlier layer"));
  CHECK_THAT(error("  - {name: a, op: conv, out: 8}\n  - {name: b, op: conv, from: [input], out: 8}\n"),
             Contains("layers.a") && Contains("no later layer reads"));
  CHECK_THAT(error("  - {name: a, op: conv, out: 8, kernel: 20, padding: valid}\n"),
             Contains("larger than its input of 16"));
  CHECK_THAT(error("  - {name: a, op: conv}\n"), Contains("number of output channels"));
  CHECK_THAT(error("  - {name: a, op: depthwise, out: 4}\n"), Contains("keeps its 3 channels"));
  CHECK_THAT(error("  - {name: a, op: lstm, out: 4}\n"), Contains("width 1"));
  CHECK_THAT(error("  - {name: a, op: linear, out: 12, split: 3}\n  - {name: b, op: linear, out: 4}\n"),
             Contains("only attention reads"));
  CHECK_THAT(
      error("  - {name: a, op: linear, out: 16000000}\n", "{channels: 16000000, height: 16000000, width: 1}"),
      Contains("2^42"));
}

TEST_CASE("a key that an operation would ignore is an error") {
  const auto error = [](const std::string& layer) {
    return config_error([&] { parse("  - " + layer + "\n"); });
  };
  CHECK_THAT(error("{name: a, op: linear, out: 4, kernel: 3}"),
             Contains("kernel") && Contains("no meaning for op: linear"));
  CHECK_THAT(error("{name: a, op: layernorm, act: relu}"), Contains("act"));
  CHECK_THAT(error("{name: a, op: global_pool, stride: 2}"), Contains("stride"));
  CHECK_THAT(error("{name: a, op: add, from: [b, c], heads: 2}"), Contains("heads"));
  CHECK(error("{name: a, op: depthwise, kernel: 3, norm: batch, act: relu}").empty());
}
