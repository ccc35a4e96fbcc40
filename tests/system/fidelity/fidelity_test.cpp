// SPDX-License-Identifier: MIT
// A step in bulk against the same step command by command and flit by flit. All networks and chips:
// tests/bench/fidelity.
#include <array>
#include <cmath>

#include "base/csv.h"
#include "support/catch.h"
#include "support/child_run.h"

using namespace kiln;
using namespace kiln::testing;

namespace {

const std::string kUngoverned = "governor.policies=[{kind: performance}]";

struct Step {
  double time_s = 0, energy_j = 0, activates = 0;
};

Step simulate(const std::string& experiment, std::vector<std::string> keys, const std::string& fidelity) {
  keys.insert(keys.end(), {"run={horizon: steps, steps: 1, audit_windows: 0, fidelity: " + fidelity + "}"});
  const ChildRun run = good_run(experiment, keys);
  Step step{run["step_time_s"], run["energy_j"], 0};
  const base::CsvTable windows("windows.csv", run.files.at("windows.csv"));
  for (const base::CsvRow& row : windows.rows())
    step.activates += static_cast<double>(row.integer("dram_activate"));
  return step;
}

void compare(const std::string& experiment, const std::vector<std::string>& keys) {
  const Step bulk = simulate(experiment, keys, "bulk"), exact = simulate(experiment, keys, "exact");
  INFO("step " << bulk.time_s << " " << exact.time_s << ", energy " << bulk.energy_j << " " << exact.energy_j
               << ", activates " << bulk.activates << " " << exact.activates);
  CHECK(std::abs(bulk.time_s / exact.time_s - 1) < 0.03);
  CHECK(std::abs(bulk.energy_j / exact.energy_j - 1) < 0.03);
  CHECK(std::abs(bulk.activates / exact.activates - 1) < 0.13);  // of small steps; see models/README.md
  CHECK(bulk.time_s != exact.time_s);                            // two engines
}

}  // namespace

TEST_CASE("bulk and exact steps agree: small networks on three chips") {
  const std::string chip = GENERATE("quickstart.yaml", "passive_edge.yaml", "wearable_kws.yaml");
  const std::string net = GENERATE("dscnn_kws_mlperf_tiny", "lstm_kws_t49_f10_h128");
  INFO(chip << " " << net);
  compare(chip, {network(net), "training.batch=8", kUngoverned});
}

TEST_CASE("bulk and exact steps agree on a chip that its network bounds") {
  compare("passive_edge.yaml",
          {network("lstm_kws_t49_f10_h128"), "training.batch=1", kUngoverned, "soc.noc.link_bytes=4B"});
}

TEST_CASE("bulk and exact steps agree with codecs at the array, in the interface and in routers") {
  const std::string placement = GENERATE("mac_output", "ni", "router");
  INFO(placement);
  compare("quickstart.yaml", {network("dscnn_kws_mlperf_tiny"), "compression.placement=" + placement});
}

TEST_CASE("ECC, encryption, patrol and sleep run at both fidelities") {
  compare("passive_edge.yaml",
          {network("lenet5_r28"), "training.batch=8", kUngoverned,
           "soc.memory.dram.ecc={kind: inline, scrub_interval: 60s}",
           "soc.memory.dram.encryption.enabled=true", "soc.memory.dram.power_states.enabled=true"});
}

TEST_CASE("one engine may be exact and the other bulk") {
  const std::vector<std::string> keys = {network("lenet5_r28"), "training.batch=1"};
  const Step bulk = simulate("passive_edge.yaml", keys, "bulk");
  for (const std::string fidelity : {"{memory: exact, network: bulk}", "{memory: bulk, network: exact}"}) {
    const Step mixed = simulate("passive_edge.yaml", keys, fidelity);
    CHECK(mixed.time_s != bulk.time_s);
    CHECK(std::abs(mixed.time_s / bulk.time_s - 1) < 0.04);
  }
}

TEST_CASE("the audit sees what one virtual channel costs and bulk does not know") {
  std::vector<std::string> keys = {network("mobilenet_v2_w0.35_r96"), "training.batch=2", kUngoverned,
                                   "soc.noc.virtual_channels=1", "soc.noc.buffer_depth=2"};
  const double bulk = simulate("quickstart.yaml", keys, "bulk").time_s,
               exact = simulate("quickstart.yaml", keys, "exact").time_s;
  CHECK(bulk < 0.9 * exact);
  keys.insert(keys.end(), {"run={horizon: steps, steps: 1}"});
  const ChildRun run = good_run("quickstart.yaml", keys);
  CHECK(run["audit_error"] > 0.5 * (1 - bulk / exact));
}

TEST_CASE("the audit skips what is exact already") {
  const std::vector<std::string> keys = {network("lenet5_r28"), "training.batch=8"};
  for (const std::string memory : {"bulk", "exact"}) {
    std::vector<std::string> all = keys;
    all.push_back("run.fidelity={memory: " + memory + ", network: exact}");
    const ChildRun run = good_run("passive_edge.yaml", all);
    CHECK(run["audit_error_noc"] == 0);
    CHECK((run["audit_error_dram"] > 0) == (memory == "bulk"));
  }
}

TEST_CASE("under a governor both change the memory's clock in the middle of bursts") {
  std::array<ChildRun, 2> runs;
  for (const std::string fidelity : {"bulk", "exact"})
    runs[fidelity == "exact"] = good_run(
        "quickstart.yaml",
        {network("resnet8_cifar_mlperf_tiny"), "training.batch=64", "compression.enabled=false",
         "environment.ambient=84.3degC", "soc.package.bodies.cold_plate.top.fluid=84.3degC",
         "soc.sensors=[{block: all, quantisation: 0.01 K, period: 100us, lag: 50us}]",
         "governor.policies=[{kind: hbm_headroom, period: 100us, hbm_headroom: {start: 84.3degC, limit: "
         "87degC, step: 5 %, hysteresis: 0.05 K}}]",
         "run={horizon: steps, steps: 4, fidelity: " + fidelity + "}"});
  for (const ChildRun& run : runs) {
    CHECK(run["transitions"] >= 2);
    CHECK(run["heat_balance_error"] < 1e-6);
  }
  CHECK(std::abs(runs[0]["step_time_s"] / runs[1]["step_time_s"] - 1) < 0.03);
}
