// SPDX-License-Identifier: MIT
// Traces, layer lists and flows of other simulators, strictly and leniently.
#include <nlohmann/json.hpp>

#include "cli/commands/refusal.h"
#include "support/catch.h"

using namespace kiln::testing;

namespace {

ProcessResult dram(const std::string& trace, const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {"dram", "--config", source("configs/parts/dram/ddr4_3200.yaml"),
                                        "--trace", trace};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_kiln(arguments);
}

ProcessResult npu(const std::string& layers, const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {"npu", "--config", source("configs/parts/npu/reference_32x32.yaml"),
                                        "--topology", layers};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_kiln(arguments);
}

constexpr const char* kHeader =
    "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,";

}  // namespace

TEST_CASE("dram reads a trace at its own clock and names what it skipped") {
  const ScratchFolder scratch;
  const std::string trace = scratch.write("t.stl", "1000: read 0x0\n1001: flush 0x40\n");
  check_refusal(dram(trace), "t.stl:2:1: trace: 'flush' is neither READ nor WRITE");
  const auto cycles = [&](const std::vector<std::string>& more) {
    std::vector<std::string> all = {"--lenient", "--format", "json"};
    all.insert(all.end(), more.begin(), more.end());
    const ProcessResult result = dram(trace, all);
    REQUIRE(result.exit_code == 0);
    const auto json = nlohmann::json::parse(result.out);
    CHECK(json.at("skipped").at(0).get<std::string>().find("'flush'") != std::string::npos);
    return json.at("cycles").get<int>();
  };
  CHECK(cycles({"--trace-clock", "800 MHz"}) - cycles({}) == 1000);
  check_refusal(dram(trace, {"--trace-clock", "800"}), "--trace-clock");
  check_refusal(dram(trace, {"--trace-clock", "0 Hz"}), "is outside");
}

TEST_CASE("npu refuses columns, titles and orders that it does not know, or names what it skipped") {
  const ScratchFolder scratch;
  const std::string sparse = scratch.write(
      "s.csv", "Layer, M, N, K, Sparsity,\nfirst, 8, 8, 8, 1:1,\nsecond, 8, 8, 8, 2:4,\n,,,,\n");
  check_refusal(npu(sparse), "s.csv:3:1: second: '2:4' in Sparsity is not part of this form");
  const ProcessResult lenient = npu(sparse, {"--lenient"});
  CHECK(lenient.exit_code == 0);
  CHECK_THAT(lenient.out, contains("# skipped: "));
  CHECK_THAT(npu(sparse, {"--lenient", "--format", "json"}).out, contains("\"skipped\""));
  const std::string spaced = scratch.write("b.csv",
                                           "Layer,\xc2\xa0M,\xc2\xa0 N \xc2\xa0,K\na,8,\xc2\xa0"
                                           "8,8\n");
  CHECK(npu(spaced).exit_code == 0);
  const std::string channels = scratch.write(
      "o.csv",
      "name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Num Filter, Channels, Strides\n"
      "c,8,8,3,3,1,4,1\n");
  check_refusal(npu(channels), "column 6 is 'num filter' where the channel is expected");
  const std::string titled =
      scratch.write("t.csv", std::string(kHeader) + "\nAlexNet,,,,,,,\nc,8,8,3,3,1,4,1\n");
  check_refusal(npu(titled), "t.csv:2:1: AlexNet: is a title, no layer");
  CHECK(npu(titled, {"--lenient"}).exit_code == 0);
  std::string turned = kHeader;
  turned.replace(turned.find("IFMAP Height"), 12, "IFMAP Width");
  const std::string file = scratch.write("w.csv", turned + "\nc,8,8,3,3,1,4,1,\n");
  check_refusal(npu(file), "column 2 is 'ifmap width' where the height is expected");
  CHECK(npu(file, {"--lenient"}).exit_code == 0);
}

TEST_CASE("noc runs a BookSim configuration at its own load, and names what it skipped") {
  const ScratchFolder scratch;
  const std::string mesh =
      "topology = mesh;\nk = 4;\nn = 2;\nrouting_function = dor;\ncredit_delay = 2;\n"
      "routing_delay = 0;\nnum_vcs = 4;\npacket_size = 5;\ninjection_rate = 0.02;\n";
  const auto run = [&](const std::string& more, const std::vector<std::string>& options) {
    std::vector<std::string> arguments = {"noc", "--config", scratch.write("mesh", mesh + more)};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return run_kiln(arguments);
  };
  const auto json = nlohmann::json::parse(run("", {"--format", "json"}).out);
  CHECK(json.at("offered").get<double>() - 0.1 < 1e-6);
  check_refusal(run("alloc_iters = 2;\n", {}), "mesh:10:1: alloc_iters: '2' is not modelled; set it to 1");
  CHECK_THAT(run("alloc_iters = 2;\n", {"--lenient"}).out, contains("skipped: "));
}

TEST_CASE("noc refuses columns of flows that it does not know, or names what it skipped") {
  const ScratchFolder scratch;
  const std::string flows = scratch.write("f.csv", "src,dst,flits,colour\n0,1,4,7\n");
  const std::vector<std::string> run = {"noc", "--config", source("configs/parts/noc/reference_p1.yaml"),
                                        "--flows", flows};
  check_refusal(run_kiln(run), "unknown column 'colour'");
  const auto refused = [&](const std::string& text, const std::string& part) {
    scratch.write("f.csv", text);
    check_refusal(run_kiln(run), part);
  };
  refused("src,dst,flits\n0,1,4,5\n", "f.csv:2:1: flow: '5' in cell 4 has no column");
  refused("src,dst,flits\n0,1\n", "f.csv:2:1: has 2 cells, the header has 3");
  scratch.write("f.csv", "src,dst,flits,colour\n0,1,4,7\n");
  std::vector<std::string> lenient = run;
  lenient.push_back("--lenient");
  CHECK_THAT(run_kiln(lenient).out, contains("skipped: "));
}
