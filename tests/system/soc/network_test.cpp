// SPDX-License-Identifier: MIT
// The network inside a system: engines that compress gradients on their way, wear of links.
#include <cmath>

#include "support/catch.h"
#include "support/child_run.h"

using namespace kiln;
using Catch::Matchers::WithinRel;
using testing::ChildRun;
using testing::run_in_child;
using testing::small_run;

namespace {

double memory_bytes(const ChildRun& run) {
  return run["dram_bytes.read"] + run["dram_bytes.write"];
}

double codec_j(const ChildRun& run) {
  const auto found = run.numbers.find("energy_by_component_j.codec");
  return found == run.numbers.end() ? 0 : found->second;
}

}  // namespace

TEST_CASE("routers make gradients smaller on the links only, the interface in memory too, both at a cost") {
  const ChildRun off = small_run("quickstart.yaml", {"compression.enabled=false"});
  const ChildRun router = small_run("quickstart.yaml", {"compression.placement=router"});
  const ChildRun interface = small_run("quickstart.yaml", {"compression.placement=ni"});
  CHECK(router["noc_bytes"] < 0.99 * off["noc_bytes"]);
  CHECK_THAT(interface["noc_bytes"], WithinRel(router["noc_bytes"], 0.01));
  CHECK(memory_bytes(router) == memory_bytes(off));
  CHECK(memory_bytes(interface) <= memory_bytes(off));
  CHECK(router["energy_by_component_j.noc"] < off["energy_by_component_j.noc"]);
  CHECK(codec_j(off) == 0);
  // Routers code at both ends of a transfer, an interface at its own.
  CHECK_THAT(codec_j(router), WithinRel(2 * codec_j(interface), 0.05));
}

TEST_CASE("an engine's latency lengthens what waits for gradients, its rate the step") {
  const ChildRun quick = small_run("quickstart.yaml", {"compression.placement=ni"});
  const ChildRun deep =
      small_run("quickstart.yaml", {"compression.placement=ni", "soc.noc.compression.pipeline_cycles=256"});
  const ChildRun narrow = small_run(
      "quickstart.yaml", {"compression.placement=ni", "soc.noc.compression.input_bytes_per_cycle=1 B"});
  CHECK(deep["phase_time_s.reduce"] > quick["phase_time_s.reduce"]);
  CHECK(narrow["step_time_s"] > quick["step_time_s"]);
}

TEST_CASE("a router refuses what needs a residual; a chip refuses what its parts have only alone") {
  const auto error = [](const std::string& override) {
    return run_in_child("quickstart.yaml", {"compression.codec.error_feedback=true", override}).error;
  };
  using Catch::Matchers::Contains;
  CHECK_THAT(error("compression.placement=router"), Contains("residuals"));
  // Each of them names what takes its place.
  CHECK_THAT(error("soc.noc.energy.crossbar=1 pJ"), Contains("tech.noc"));
  CHECK_THAT(error("soc.noc.clock=1 GHz"), Contains("noc_clock_ratio"));
  CHECK_THAT(error("soc.noc.seed=2"), Contains("run.seed"));
  CHECK_THAT(error("soc.noc.compression.placement=router"), Contains("compression.placement"));
  CHECK_THAT(error("soc.noc.compression.energy_per_bit=1 pJ/bit"), Contains("codec_element"));
  CHECK_THAT(error("soc.gradient_sram.sram.clock=1 GHz"), Contains("operating_points"));
  CHECK_THAT(error("soc.rail.voltage=0.8 V"), Contains("operating_points"));
  CHECK_THAT(error("soc.domains.core.supply=own"), Contains("operating_points"));
  CHECK_THAT(error("soc.memory.dram.controller.run_ends=completed"), Contains("kiln dram"));
  CHECK_THAT(error("soc.package.ambient=30 degC"), Contains("environment.ambient"));
  CHECK_THAT(error("soc.package.leakage.slope=0.04"), Contains("static_power"));
  CHECK_THAT(error("soc.package.trace.interval=1 ms"), Contains("kiln thermal"));
}

TEST_CASE("every used link reports its relative time to failure, by Black's law in its use") {
  const ChildRun run = small_run("quickstart.yaml");
  const nlohmann::json stats = nlohmann::json::parse(run.files.at("stats.json"));
  int compared = 0;
  for (const auto& [key, sample] : stats.items()) {
    if (key.rfind("noc.link.", 0) != 0 || key.find(".east.use") == std::string::npos) continue;
    const std::string router = key.substr(0, key.size() - 8);
    if (!stats.contains(router + "west.use")) continue;
    const double use = sample["value"].get<double>() / stats[router + "west.use"]["value"].get<double>();
    const double life = stats[router + "east.relative_mttf"]["value"].get<double>() /
                        stats[router + "west.relative_mttf"]["value"].get<double>();
    CHECK_THAT(life, WithinRel(std::pow(use, -2), 1e-6));  // same router, so same temperature
    ++compared;
  }
  CHECK(compared > 2);
}

TEST_CASE("a step crosses every topology, alike at both fidelities") {
  double ring_s = 0, mesh_s = 0;
  for (const std::string topology : {"mesh", "torus", "ring", "concentrated_mesh", "crossbar"}) {
    INFO(topology);
    const auto run = [&](const char* fidelity) {
      return testing::good_run("passive_edge.yaml",
                               {testing::network("resnet8_cifar_mlperf_tiny"), "soc.noc.topology=" + topology,
                                "soc.noc.link_bytes=8 B", std::string("run.fidelity=") + fidelity});
    };
    const ChildRun bulk = run("bulk"), exact = run("exact");
    CHECK(bulk["noc_bytes"] == exact["noc_bytes"]);
    CHECK_THAT(bulk["step_time_s"], WithinRel(exact["step_time_s"], 0.05));
    CHECK_THAT(bulk["energy_j"], WithinRel(exact["energy_j"], 0.05));
    if (topology == "ring") ring_s = bulk["step_time_s"];
    if (topology == "mesh") mesh_s = bulk["step_time_s"];
  }
  CHECK(ring_s > mesh_s);  // a fifth of the wires across its middle
}
