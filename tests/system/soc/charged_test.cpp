// SPDX-License-Identifier: MIT
// What is counted is charged, as what it is.
#include "support/catch.h"
#include "support/child_run.h"

using namespace kiln;
using namespace kiln::testing;

namespace {

ChildRun passive(std::vector<std::string> overrides) {
  overrides.insert(overrides.end(), {network("dscnn_kws_mlperf_tiny"), "run.audit_windows=0"});
  return good_run("passive_edge.yaml", overrides);
}

}  // namespace

TEST_CASE("refreshes of one bank and of all cost what each costs") {
  const std::string hot = "environment.ambient=85 degC";  // refreshes come often
  const std::string bank = "soc.memory.dram.energy.command.refresh_per_bank=",
                    all = "soc.memory.dram.energy.command.refresh_all_bank=";
  const double energy_j = passive({hot})["energy_j"];  // refreshed bank by bank
  CHECK(passive({hot, bank + "0 pJ"})["energy_j"] < energy_j);
  CHECK(passive({hot, all + "0 pJ"})["energy_j"] == energy_j);
}

TEST_CASE("check bits cost as much as they are of the data's energy, and encryption its joules per byte") {
  const auto dram_j = [](const ChildRun& run) { return run["energy_by_component_j.dram"]; };
  const ChildRun plain = passive({});
  const ChildRun coded = passive({"soc.memory.dram.ecc={kind: side_band, decode_energy: 0 pJ/bit}"});
  const ChildRun doubled =
      passive({"soc.memory.dram.ecc={kind: side_band, decode_energy: 0 pJ/bit, data_bits: 32}"});
  const double once = dram_j(coded) - dram_j(plain), twice = dram_j(doubled) - dram_j(plain);
  CHECK(once > 0);
  CHECK(twice == Approx(2 * once).epsilon(0.02));

  const double bytes = plain["dram_bytes.read"] + plain["dram_bytes.write"];
  const ChildRun ciphered = passive({"soc.memory.dram.encryption={enabled: true, energy_per_byte: 4 pJ}"});
  CHECK(ciphered["energy_by_component_j.dram_io"] - plain["energy_by_component_j.dram_io"] ==
        Approx(4e-12 * bytes).epsilon(0.02));
}

TEST_CASE("refreshes cost as much a second between steps as in them, where the memory stays awake") {
  const auto refresh_w = [](std::vector<std::string> overrides) {
    const auto power_w = [&](const std::string& refresh) {
      std::vector<std::string> all = overrides;
      all.push_back("soc.memory.dram.energy.command.refresh_per_bank=" + refresh);
      return passive(std::move(all))["average_power_w"];
    };
    return power_w("50 nJ") - power_w("0 pJ");
  };
  const double at_work = refresh_w({});
  CHECK(at_work > 0.1);
  const std::string seldom = "run.rate=100";
  CHECK(refresh_w({seldom, "soc.domains.memory.idle=active"}) == Approx(at_work).epsilon(0.03));
  CHECK(refresh_w({seldom}) < 0.1 * at_work);  // self-refresh
}
