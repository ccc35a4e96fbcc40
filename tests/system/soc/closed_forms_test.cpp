// SPDX-License-Identifier: MIT
// The articles' formulas, held against what the simulator counts.
#include "config/load.h"
#include "support/catch.h"
#include "support/child_run.h"
#include "thermal/thermal_model.h"
#include "workload/expand.h"

using namespace kiln;
using testing::ChildRun;
using testing::small_run;

TEST_CASE("E_epoch: the phases' energies are the integral of power") {
  const ChildRun run = small_run("quickstart.yaml");
  double phases = 0;
  for (const auto& [key, value] : run.numbers)
    if (key.rfind("energy_by_phase_j.", 0) == 0) phases += value;
  CHECK_THAT(phases, Catch::Matchers::WithinRel(run["average_power_w"] * run["step_time_s"], 1e-3));
}

TEST_CASE("E_comm: without metadata, R times fewer gradient bytes cross the network") {
  const ChildRun plain = small_run(
      "quickstart.yaml",
      {"compression.enabled=false", "training.precision.gradients=fp32", "mapping.gradients_in_sram=false"});
  // One scale per 2^20 values: metadata all but vanish.
  const ChildRun coded =
      small_run("quickstart.yaml", {"training.precision.gradients=fp32", "compression.codec.block=65536",
                                    "mapping.gradients_in_sram=false"});
  const auto gradient_bytes = [](const ChildRun& run) {
    return run["gradient_noc_share"] * run["noc_bytes"];
  };
  CHECK_THAT(gradient_bytes(plain) / gradient_bytes(coded),
             Catch::Matchers::WithinRel(coded["compression_ratio"], 0.02));
  CHECK_THAT(coded["compression_ratio"], Catch::Matchers::WithinRel(4.0, 0.02));
}

TEST_CASE("E_sample: energy per sample counts only steps whose update is applied") {
  const ChildRun all = small_run("quickstart.yaml"),
                 skipping = small_run(
                     "quickstart.yaml",
                     {"training.loss_scaling={kind: dynamic, growth_interval: 4}", "training.update=at_end"});
  CHECK_THAT(all["samples_per_joule"] * all["energy_j"], Catch::Matchers::WithinRel(8.0, 1e-9));
  CHECK(skipping["samples_per_joule"] * skipping["energy_j"] < 8.0);
}

TEST_CASE("B_req: the articles' worked example, 7 MB in 20 ms, is 1.4 GB/s") {
  const auto network = config::load<workload::NetworkConfig>(
      std::string(KILN_SOURCE_DIR) + "/configs/workloads/mobilenet_v2_w1.0_r224.yaml");
  const workload::StepGraph graph = workload::build_step(network.value, {});
  const double weights_bytes = 2.0 * static_cast<double>(graph.parameters());  // fp16
  CHECK_THAT(weights_bytes, Catch::Matchers::WithinRel(7e6, 0.01));
  CHECK_THAT(weights_bytes * 2 * 2 / 20e-3, Catch::Matchers::WithinRel(1.4e9, 0.01));
}

TEST_CASE("dT = P R_th: 30 W on 0.5 K/W is 15 K") {
  const config::Node tree = config::parse_yaml("package",
                                               "name: lumped\nbodies:\n  - name: die\n    layers: [{name: "
                                               "soc, material: copper, thickness: 1 um, source: true}]\n"
                                               "    top: {resistance: 0.5 K/W}\ngrid: {nx: 4, ny: 4}\n");
  const auto package = config::read_tree<thermal::PackageConfig>(tree, "");
  thermal::Floorplan floorplan;
  floorplan.blocks.push_back({"all", 0, 0, 10e-3, 10e-3, "soc"});
  const thermal::ThermalModel model(package.value, floorplan, 25);
  const std::vector<double> power{30.0};
  CHECK_THAT(model.block_mean_c(model.steady(power), 0), Catch::Matchers::WithinAbs(40.0, 0.01));
}
