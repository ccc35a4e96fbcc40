// SPDX-License-Identifier: MIT
// Bit errors of a run: they follow temperature, refresh and the operating point, and codes mend them.
#include <nlohmann/json.hpp>

#include "support/catch.h"
#include "support/child_run.h"

using namespace kiln;
using testing::ChildRun;

namespace {

/// Two seconds of a small network, with retention failures at any temperature.
ChildRun small(std::vector<std::string> overrides) {
  overrides.insert(
      overrides.begin(),
      {testing::network("lenet5_r28"), "run={horizon: duration, duration: 2 s, audit_windows: 0}",
       "soc.memory.dram.retention.guaranteed_temperature=-40 degC", "mapping.gradients_in_sram=true"});
  return testing::good_run("passive_edge.yaml", overrides);
}

double stat(const ChildRun& run, const std::string& path) {
  return nlohmann::json::parse(run.files.at("stats.json")).at(path).at("value");
}

}  // namespace

TEST_CASE("The memory's bit errors grow with the ambient temperature and fall with more refreshes") {
  double before = 0;
  for (const char* ambient : {"20 degC", "35 degC", "50 degC"}) {
    const ChildRun run = small({std::string("environment.ambient=") + ambient});
    CHECK(run["dram_bit_error_rate"] > 5 * before);  // exp(0.22 x 15) = 27
    before = run["dram_bit_error_rate"];
    CHECK(stat(run, "bit_errors.dram.weights.rate") == before);
    CHECK(stat(run, "bit_errors.dram.weights.expected") ==
          before * stat(run, "bit_errors.dram.weights.bits_read"));
  }
  const std::string ladder = "governor.refresh.steps=[{above: -40 degC, rate: ";
  const ChildRun once = small({ladder + "1}]"}), twice = small({ladder + "2}]"});
  CHECK_THAT(stat(twice, "bit_errors.dram.refresh_interval"),
             Catch::Matchers::WithinRel(stat(once, "bit_errors.dram.refresh_interval") / 2, 0.15));
  CHECK(twice["dram_bit_error_rate"] < once["dram_bit_error_rate"] / 8);  // 2^5 = 32 once the ladder acts
}

TEST_CASE("Relaxed refresh acts by the memory's rate, by its steps and by the governor's ladder") {
  const auto interval_s = [](const ChildRun& run) { return stat(run, "bit_errors.dram.refresh_interval"); };
  const std::string steps = "steps=[{above: -40 degC, rate: 0.5}]";
  const ChildRun plain = small({}), rate = small({"soc.memory.dram.refresh.rate=0.5"}),
                 rule = small({"soc.memory.dram.refresh." + steps}),
                 ladder = small({"governor.refresh." + steps}),
                 both = small({"soc.memory.dram.refresh.rate=0.5", "governor.refresh." + steps});
  const double nominal_s = interval_s(plain);
  CHECK_THAT(interval_s(rate), Catch::Matchers::WithinRel(2 * nominal_s, 1e-9));
  // The device begins cold and walks a ladder from its first control period on.
  CHECK_THAT(interval_s(rule), Catch::Matchers::WithinRel(2 * nominal_s, 0.05));
  CHECK(interval_s(ladder) == interval_s(rule));
  CHECK_THAT(interval_s(both), Catch::Matchers::WithinRel(4 * nominal_s, 0.05));
  // Five times as steep as the interval is long, at nearly the same temperature (RAIDR).
  CHECK_THAT(rate["dram_bit_error_rate"] / plain["dram_bit_error_rate"],
             Catch::Matchers::WithinRel(32.0, 0.1));
  CHECK(rate["refresh_raised_share"] == 0);
  CHECK(small({"soc.memory.dram.refresh.policy=none"})["dram_bit_error_rate"] == 0.5);
  // Of the memory: the chip's joules follow the step's time, which the moments of refreshes move both ways.
  CHECK(rate["energy_by_component_j.dram"] < plain["energy_by_component_j.dram"]);
}

TEST_CASE("Error correction leaves fewer bit errors in memory and gradient SRAM") {
  // Many weak cells, so that codes have something to do.
  const std::vector<std::string> hot = {"environment.ambient=60 degC",
                                        "soc.memory.dram.retention.reference_ber=1e-6"};
  const auto with = [&](const std::string& more) {
    std::vector<std::string> all = hot;
    all.push_back(more);
    return small(all);
  };
  const ChildRun plain = small(hot), memory = with("soc.memory.dram.ecc.kind=side_band"),
                 buffer = with("soc.gradient_sram.sram.ecc=secded");
  CHECK(memory["bit_errors_per_step.dram"] < plain["bit_errors_per_step.dram"] / 100);
  CHECK(buffer["bit_errors_per_step.gradient_sram"] < plain["bit_errors_per_step.gradient_sram"] / 100);
  CHECK(stat(plain, "bit_errors.sram0.soft_rate") > 0);
  CHECK(stat(plain, "bit_errors.sram0.retention_rate") >= 0);
}
