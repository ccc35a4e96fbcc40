// SPDX-License-Identifier: MIT
#include "workload/scalesim.h"

#include "support/catch.h"
#include "unit/workload/networks.h"

using namespace kiln;
using namespace kiln::workload;
using Catch::Matchers::Contains;

namespace {
const std::string kHeader =
    "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,\n";
}

TEST_CASE("the convolution form: padding is in the input, strides round up") {
  const Network network = read_scalesim_topology("dir/net.csv", kHeader +
                                                                    "conv1, 230, 230, 7, 7, 3, 64, 2,\n"
                                                                    "\n"
                                                                    "odd, 10, 9, 3, 3, 64, 8, 4,\n"
                                                                    "fc, 1, 1, 1, 1, 512, 1000, 1,\n");
  CHECK(network.name == "net");
  REQUIRE(network.layers.size() == 3);
  const Gemm first = gemm_of(network.layers[0].operation, Derivative::none, 1);
  CHECK(first.m == 113 * 113);  // ceil((230 - 7 + 2) / 2), one more than frameworks give
  CHECK(first.n == 64);
  CHECK(first.k == 147);
  CHECK(network.layers[1].out == Shape::map(8, 3, 3));  // ceil((10 - 3 + 4) / 4), ceil((9 - 3 + 4) / 4)
  CHECK(gemm_of(network.layers[2].operation, Derivative::none, 1).macs() == 512000);
}

TEST_CASE("DP in the name marks one single-channel product per channel") {
  const Network network =
      read_scalesim_topology("t.csv", kHeader + "DPa, 14, 14, 3, 3, 8, 1, 1,\nDPb, 16, 16, 5, 5, 4, 1, 2,\n");
  const Gemm gemm = gemm_of(network.layers[0].operation, Derivative::none, 1);
  CHECK(gemm.m == 144);
  CHECK(gemm.n == 1);
  CHECK(gemm.k == 9);
  CHECK(gemm.repeats == 8);
  CHECK(network.layers[1].op == LayerOp::depthwise);
  CHECK(network.layers[1].macs == 4 * 25 * 7 * 7);
}

TEST_CASE("the GEMM form, and a training step over an imported file") {
  const Network network = read_scalesim_topology("t.csv", "Layer,M,N,K,\n1,256,128,2048,\n2,256,64,128,\n");
  const Gemm gemm = gemm_of(network.layers[0].operation, Derivative::none, 1);
  CHECK(gemm.m == 256);
  CHECK(gemm.n == 128);
  CHECK(gemm.k == 2048);
  TrainingConfig training;
  training.batch = 1;
  const StepGraph graph = expand(network, training);
  CHECK(find_op(graph, "1/wgrad").gemm.m == 2048);
  CHECK(find_op(graph, "2/dgrad").gemm.n == 128);
  CHECK(graph.macs(Phase::wgrad) == graph.macs(Phase::forward));
}

TEST_CASE("errors name file, line and remedy") {
  const auto error = [](const std::string& text) {
    return config_error([&] { read_scalesim_topology("t.csv", text); });
  };
  CHECK_THAT(error("a,b,c\n1,2,3\n"), Contains("t.csv:1") && Contains("neither the convolution form"));
  CHECK_THAT(error(kHeader), Contains("no layer"));
  CHECK_THAT(error(kHeader + "a, 14, 14, 3, 3, 8, 1, 1,\nb, 14, x, 3, 3, 8, 1, 1,\n"), Contains("t.csv:3"));
  CHECK_THAT(error(kHeader + "a, 2, 14, 3, 3, 8, 1, 1,\n"),
             Contains("t.csv:2") && Contains("larger than the IFMAP"));
  CHECK_THAT(error(kHeader + "a, 14, 14, 3, 3, 8, 1, 0,\n"), Contains("stride is 0"));
  CHECK_THAT(error(kHeader + "a, 14, 14, 3, 3, 8, 1, 1, 2:4,\n"), Contains("not part of this form"));
  CHECK_THAT(error(kHeader + "a, 14, 14, 3\n"), Contains("needs 8"));
  CHECK_THAT(error("Layer,M,N,K\na,9999999,9999999,9999999\n"), Contains("2^42"));
}

TEST_CASE("strides per axis are modelled per axis; other orders of the columns are refused") {
  const std::string start =
      "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, ";
  const Network network = read_scalesim_topology(
      "t.csv", "\xef\xbb\xbf" + start + "Stride Height, Stride Width,\nc,49,10,10,4,1,64,2,1,\n");
  CHECK(network.layers[0].out == Shape::map(64, 21, 7));  // ceil((49 - 10 + 2) / 2), (10 - 4 + 1) / 1
  CHECK(gemm_of(network.layers[0].operation, Derivative::none, 1).m == 21 * 7);
  const auto error = [](const std::string& text) {
    return config_error([&] { read_scalesim_topology("t.csv", text); });
  };
  CHECK_THAT(error(start + "Stride Width, Stride Height,\nc,49,10,10,4,1,64,2,1,\n"),
             Contains("change the order"));
  CHECK_THAT(error(start + "Stride Height,\nc,49,10,10,4,1,64,2,\n"), Contains("column 9 is no stride"));
  CHECK_THAT(
      error("Layer name, IFMAP Width, IFMAP Height, Filter Height, Filter Width, Channels, Num Filter, "
            "Strides,\nc,49,10,10,4,1,64,2,\n"),
      Contains("column 2 is 'ifmap width' where the height is expected"));
  CHECK_THAT(error(start + "Strides, Dilation,\nc,49,10,10,4,1,64,2,2,\n"),
             Contains("'2' in Dilation is not part"));
  CHECK_THAT(error(start + "Stride Height, Stride Width,\nc,49,10,10,4,1,64,2\n"), Contains("needs 9"));
}
