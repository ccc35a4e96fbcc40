// SPDX-License-Identifier: MIT
// Leakage feedback: fixed points, the limit where they meet, and the loop gain of several blocks.
#include <cmath>

#include "base/csv.h"
#include "base/error.h"
#include "base/file.h"
#include "power/runaway.h"
#include "rapidcheck.h"
#include "support/catch.h"

namespace {

using namespace kiln;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

power::LumpedLoop article_loop(double power_w, double resistance_k_per_w, double leakage_w) {
  return {.power_w = power_w,
          .resistance_k_per_w = resistance_k_per_w,
          .ambient_c = 45,
          .leakage_w = leakage_w,
          .slope_per_k = 0.03,
          .reference_c = 85};
}

}  // namespace

TEST_CASE("fixed points equal the Lambert-W values") {
  const base::CsvTable table(
      "leakage_fixed_points.csv",
      base::read_file(KILN_SOURCE_DIR "/tests/reference/power/leakage_fixed_points.csv"));
  REQUIRE(table.rows().size() == 4);
  for (const auto& row : table.rows()) {
    const auto solution = power::solve(
        article_loop(row.number("power_w"), row.number("resistance_k_per_w"), row.number("leakage_w")));
    REQUIRE(solution);
    CHECK_THAT(solution->stable_c, WithinAbs(row.number("stable_c"), 1e-6));
    CHECK_THAT(solution->unstable_c, WithinAbs(row.number("unstable_c"), 1e-6));
    CHECK(solution->gain < 1);
  }
}

TEST_CASE("runaway limit: 48.944 W at 151.749 degC, and no steady state beyond it") {
  auto loop = article_loop(20, 1.5, 3);
  const auto limit = power::runaway_limit(loop);
  CHECK_THAT(limit.power_w, WithinAbs(48.94401112, 1e-6));
  CHECK_THAT(limit.temperature_c, WithinAbs(151.74935, 1e-4));
  loop.power_w = limit.power_w * 1.0001;
  CHECK_FALSE(power::solve(loop));
  loop.power_w = limit.power_w * 0.9999;
  const auto near = power::solve(loop);
  REQUIRE(near);
  CHECK_THAT(near->gain, WithinAbs(1, 0.03));  // the gain passes 1 exactly where the roots meet
}

TEST_CASE("the loop gain of one block is R dP/dT, of two the larger eigenvalue") {
  const double one_r[] = {2.0};
  const double one_s[] = {0.3};
  CHECK_THAT(power::loop_gain(one_r, one_s).gain, WithinRel(0.6, 1e-12));

  const double r[] = {1.5, 0.4, 0.4, 2.5};
  const double s[] = {0.2, 0.3};
  const double a = 1.5 * 0.2, b = 0.4 * 0.3, c = 0.4 * 0.2, d = 2.5 * 0.3;
  const double expected = 0.5 * (a + d + std::sqrt((a - d) * (a - d) + 4 * b * c));
  const auto gain = power::loop_gain(r, s);
  CHECK_THAT(gain.gain, WithinRel(expected, 1e-9));
  CHECK(gain.block == 1);
  const double none[] = {0.0, 0.0};
  CHECK(power::loop_gain(r, none).gain == 0);
}

TEST_CASE("a stable solution balances, warms with power and has a gain below 1") {
  REQUIRE(rc::check("lumped leakage loop", [] {
    const double resistance = *rc::gen::inRange(1, 100) * 0.1;
    const double leakage = *rc::gen::inRange(1, 80) * 0.1;
    auto loop = article_loop(0, resistance, leakage);
    const double limit_w = power::runaway_limit(loop).power_w;
    RC_PRE(limit_w > 0);
    double last_c = -1e9;
    for (const double share : {0.1, 0.5, 0.9, 0.99}) {
      loop.power_w = share * limit_w;
      const auto solution = power::solve(loop);
      RC_ASSERT(solution.has_value());
      const double leak_w = leakage * std::exp(0.03 * (solution->stable_c - 85));
      RC_ASSERT(std::abs(45 + resistance * (loop.power_w + leak_w) - solution->stable_c) < 1e-6);
      RC_ASSERT(solution->gain < 1);
      RC_ASSERT(solution->stable_c > last_c);
      last_c = solution->stable_c;
    }
  }));
}
