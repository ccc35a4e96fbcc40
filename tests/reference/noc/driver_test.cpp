// SPDX-License-Identifier: MIT
// The network alone: flow lists, load lists, JSON keys.
#include "part/noc.h"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "config/load.h"
#include "support/catch.h"

using namespace kiln;

namespace {

noc::StandaloneConfig reference_p1() {
  return config::load<noc::StandaloneConfig>(std::string(KILN_SOURCE_DIR) +
                                             "/configs/parts/noc/reference_p1.yaml")
      .value;
}

/// A flow list in a file of its own.
class FlowFile {
 public:
  FlowFile(const std::string& name, const std::string& text)
      : path_(std::filesystem::temp_directory_path() / ("kiln_noc_" + name + ".csv")) {
    std::ofstream(path_) << text;
  }
  ~FlowFile() { std::filesystem::remove(path_); }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

std::string complaint(const std::string& name, const std::string& text) {
  const FlowFile file(name, text);
  try {
    part::read_flows(file.path(), reference_p1());
  } catch (const base::ConfigError& error) {
    return error.what();
  }
  return "";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("A flow list in flits reproduces BookSim's gather") {
  std::string text = "src,dst,flits,packet_flits,class,start_cycle\n";
  for (int node = 1; node < 16; ++node) text += std::to_string(node) + ",0,1000,5,activation,0\n";
  const FlowFile file("gather", text);
  const noc::StandaloneConfig config = reference_p1();
  const part::NocFlowsReport report =
      part::run_noc_flows(config, part::read_flows(file.path(), config), part::FlowOrder::in_turn);
  CHECK(report.completion_cycles == 15010);
  CHECK(report.flit_hops == 63000);
  CHECK(report.per_source.size() == 15);
  const auto json = nlohmann::json::parse(part::to_json(report));
  CHECK(json.at("completion_cycles") == 15010);
  CHECK(json.at("per_class_done").size() == 1);
  CHECK(json.at("per_source_done").size() == 15);
  CHECK(json.at("energy").at("total_j") > 0);
}

TEST_CASE("Round robin interleaves a source's flows, in turn does not") {
  std::string text = "src,dst,flits,packet_flits\n0,1,50,5\n0,2,50,5\n";
  const FlowFile file("order", text);
  const noc::StandaloneConfig config = reference_p1();
  const auto flows = part::read_flows(file.path(), config);
  const auto turn = part::run_noc_flows(config, flows, part::FlowOrder::in_turn);
  const auto robin = part::run_noc_flows(config, flows, part::FlowOrder::round_robin);
  CHECK(turn.flit_hops == robin.flit_hops);
  CHECK(turn.packets == 20);
  // Node 2 is one hop farther: in turn its last packet ends the run at 100 flits + 14 cycles.
  CHECK(turn.completion_cycles == 114);
  CHECK(robin.completion_cycles == 114);
  CHECK(turn.avg_network_latency_cycles == robin.avg_network_latency_cycles);
}

TEST_CASE("Bytes become packets with header and partial last flit") {
  const FlowFile file("bytes", "src,dst,bytes,class\n0,3,100,gradient\n3,0,0,3\n");
  const auto flows = part::read_flows(file.path(), reference_p1());
  REQUIRE(flows.size() == 2);
  CHECK(flows[0].packets == 2);  // 5-flit packets carry 64 bytes
  CHECK(flows[0].last_flits == 4);
  CHECK(flows[0].cls == noc::TrafficClass::gradient);
  CHECK(flows[1].packets == 1);
  CHECK(flows[1].last_flits == 1);
  CHECK(flows[1].cls == noc::TrafficClass::control);
}

TEST_CASE("Bad flow lists are refused with file and line") {
  CHECK(contains(complaint("node", "src,dst,flits\n0,1,5\n0,16,5\n"), ".csv:3"));
  CHECK(contains(complaint("node", "src,dst,flits\n0,16,5\n"), "nodes 0 to 15"));
  CHECK(contains(complaint("node", "src,dst,flits\n4294967296,1,5\n"), "node 4294967296 does not exist"));
  CHECK(
      contains(complaint("length", "src,dst,flits,packet_flits\n0,1,5,4294967297\n"), "allowed: 1 to 1024"));
  CHECK(contains(complaint("class", "src,dst,flits,class\n0,1,5,gradients\n"), "unknown class 'gradients'"));
  CHECK(contains(complaint("header", "source,dst,flits\n0,1,5\n"), "needs columns src, dst"));
  CHECK(contains(complaint("both", "src,dst,flits,bytes\n0,1,5,5\n"), "one of bytes or flits"));
  CHECK(contains(complaint("zero", "src,dst,flits\n0,1,0\n"), "at least 1"));
  CHECK(contains(complaint("empty", "src,dst,flits\n"), "no flow"));
}

TEST_CASE("Loads are one number, a list or a range") {
  CHECK(part::parse_loads("0.3") == std::vector<double>{0.3});
  CHECK(part::parse_loads("0.1, 0.2").size() == 2);
  CHECK(part::parse_loads("0.1:0.5:0.1").size() == 5);
  CHECK_THROWS_AS(part::parse_loads("0.1:0.5:-0.1"), base::ConfigError);
  CHECK_THROWS_AS(part::parse_loads("fast"), base::ConfigError);
  CHECK_THROWS_AS(part::parse_loads("0"), base::ConfigError);
  CHECK_THROWS_AS(part::parse_loads("inf"), base::ConfigError);
  CHECK_THROWS_AS(part::parse_class_shares("gradient:0.5,activation:0.6"), base::ConfigError);
  CHECK_THROWS_AS(part::parse_class_shares("gradient"), base::ConfigError);
}

TEST_CASE("A load point gives the promised keys; the seed changes the run, nothing else does") {
  noc::StandaloneConfig config = reference_p1();
  part::NocLoadOptions options;
  options.loads = {0.3};
  options.measure.sample_cycles = 500;
  const std::string first = part::to_json(part::run_noc_loads(config, options));
  CHECK(part::to_json(part::run_noc_loads(config, options)) == first);
  const auto json = nlohmann::json::parse(first);
  for (const char* key : {"offered", "accepted", "avg_packet_latency_cycles", "avg_network_latency_cycles",
                          "p99_latency_cycles", "avg_hops", "saturated", "per_class"}) {
    CHECK(json.contains(key));
  }
  CHECK(json.at("saturated") == false);
  config.seed = 2;
  CHECK(part::to_json(part::run_noc_loads(config, options)) != first);
}
