// SPDX-License-Identifier: MIT
// Linux' power allocation, to the milliwatt.
#include <cmath>
#include <numeric>

#include "base/csv.h"
#include "base/file.h"
#include "governor/policies/ipa.h"
#include "governor/policy_config.h"
#include "support/catch.h"

namespace {
using namespace kiln::governor;
}

TEST_CASE("gains are estimated as Linux does: 170, 341, 34") {
  const auto gains = estimate_gains(2500, 70000, 85000);
  CHECK(gains.k_po == 170);
  CHECK(gains.k_pu == 341);
  CHECK(gains.k_i == 34);
  CHECK(gains.k_d == 0);
  CHECK(estimate_gains(1, 0, 100000).k_i == 1);  // never zero
}

TEST_CASE("budgets for ten polls equal the fixed-point figures") {
  const kiln::base::CsvTable table(
      "ipa_budget.csv", kiln::base::read_file(KILN_SOURCE_DIR "/tests/reference/governor/ipa_budget.csv"));
  REQUIRE(table.rows().size() == 10);
  IpaController controller({.sustainable_mw = 2500,
                            .control_mc = 85000,
                            .maximum_mw = 6000,
                            .gains = estimate_gains(2500, 70000, 85000)});
  for (const auto& row : table.rows()) {
    INFO("line " << row.line());
    CHECK(controller.budget_mw(std::llround(1000 * row.number("temperature_c"))) == row.integer("budget_mw"));
  }
}

TEST_CASE("the integral stops growing at the maximum and the budget never leaves its range") {
  IpaController controller({.sustainable_mw = 2500,
                            .control_mc = 85000,
                            .maximum_mw = 6000,
                            .gains = estimate_gains(2500, 70000, 85000)});
  for (int i = 0; i < 10000; ++i) CHECK(controller.budget_mw(120000) == 0);
  const auto wound = controller.integral();
  controller.budget_mw(120000);
  CHECK(controller.integral() == wound);  // no more wind-up
  for (int i = 0; i < 10; ++i) CHECK(controller.budget_mw(20000) <= 6000);
}

TEST_CASE("a derivative gain answers the change of error per period") {
  IpaZone zone{.sustainable_mw = 2500, .control_mc = 85000, .maximum_mw = 60000, .period_ms = 100};
  zone.gains.k_d = 1024;
  IpaController controller(zone);
  CHECK(controller.budget_mw(85000) == 2500);
  CHECK(controller.budget_mw(84000) == 2510);  // 1000 m degC less in 100 ms
  CHECK(controller.budget_mw(84000) == 2500);
}

TEST_CASE("the budget is divided by request and what is left over by headroom") {
  CHECK(divide_budget({{1000, 5000}, {1000, 5000}, {1000, 5000}}, 3000) ==
        std::vector<std::int64_t>{1000, 1000, 1000});
  // Shares 2000, 1000, 1000; the first may take 1200 only, and 800 are spread over headrooms 1000 and 3000.
  CHECK(divide_budget({{2000, 1200}, {1000, 2000}, {1000, 4000}}, 4000) ==
        std::vector<std::int64_t>{1200, 1200, 1600});
  CHECK(divide_budget({{0, 1000}, {0, 1000}}, 500) == std::vector<std::int64_t>{0, 0});
  CHECK(divide_budget({{10, 100}, {30, 100}}, 1000) == std::vector<std::int64_t>{100, 100});
}

TEST_CASE("power_allocator leaves everything at the top below switch-on and shares with memory above") {
  const std::vector<OperatingPoint> table = {{1e9, 0.7}, {1.5e9, 0.75}, {2e9, 0.8}};
  PolicyConfig config{.kind = PolicyKind::power_allocator, .period_s = 0.1};
  config.power_allocator = {.sustainable_w = 5,
                            .switch_on_c = 70,
                            .control_c = 85,
                            .maximum_w = 10,
                            .hbm_maximum_w = 8,
                            .hbm_floor = 0.3};
  const auto policy = make_policy(config, table);
  const double split[] = {9.0, 6.0};
  double reading[] = {69.0};
  Observation seen{.sensor_c = reading, .power_w = 15, .actor_power_w = split, .current_level = 2};
  auto decision = policy->decide(seen);
  CHECK(decision.level == 2);
  CHECK(decision.hbm_frequency_factor == 1.0);
  reading[0] = 90;  // 5 W - 5 K x (333 + 67) mW/K = 3.0 W, 6/15 of it for memory
  decision = policy->decide(seen);
  CHECK(decision.level == 0);
  CHECK(decision.hbm_frequency_factor == 0.3);  // 1.2 of 6 W would be 0.2: the floor
  // Under the control temperature: 5 W + 5 K x 666 mW/K, less the 0.33 W remembered. Memory unthrottled would
  // draw 6 W.
  const double throttled[] = {3.0, 1.8};
  reading[0] = 80;
  seen.actor_power_w = throttled;
  seen.current_level = 0;
  decision = policy->decide(seen);
  CHECK_THAT(decision.hbm_frequency_factor, Catch::Matchers::WithinAbs(7.998 * 1.8 / 4.8 / 6, 1e-3));
  CHECK(decision.level == 0);  // 5.0 W; the next level is predicted at 5.2
}
