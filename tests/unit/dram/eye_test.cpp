// SPDX-License-Identifier: MIT
#include "dram/eye.h"

#include "support/catch.h"

using namespace kiln;
using namespace kiln::dram;
using Catch::Matchers::WithinRel;

TEST_CASE("a bit lasts as long as the data rate of its standard says") {
  CHECK_THAT(unit_interval_s(Standard::ddr4, 1600e6), WithinRel(1 / 3.2e9, 1e-12));
  CHECK_THAT(unit_interval_s(Standard::lpddr4, 2133e6), WithinRel(1 / 4.266e9, 1e-12));
  CHECK_THAT(unit_interval_s(Standard::lpddr5, 800e6), WithinRel(1 / 6.4e9, 1e-12));
  CHECK_THAT(unit_interval_s(Standard::lpddr5x, 1066.666667e6), WithinRel(1 / 8.533e9, 1e-4));
  CHECK_THAT(unit_interval_s(Standard::hbm2e, 1800e6), WithinRel(1 / 3.6e9, 1e-12));
}

TEST_CASE(
    "a supply off by 50 mV shifts data by its drift, either way, and by twice the bits at twice the clock") {
  const EyeConfig eye;
  CHECK_THAT(shift_ui(eye, Standard::lpddr4, 2133e6, 50e-3), WithinRel(33e-12 * 4.266e9, 1e-12));
  CHECK(shift_ui(eye, Standard::lpddr4, 2133e6, -50e-3) == shift_ui(eye, Standard::lpddr4, 2133e6, 50e-3));
  CHECK_THAT(shift_ui(eye, Standard::hbm2, 2e9, 10e-3),
             WithinRel(2 * shift_ui(eye, Standard::hbm2, 1e9, 10e-3), 1e-12));
}

TEST_CASE("bits are wrong by the tail of a normal distribution beyond the eye") {
  const EyeConfig eye{.margin_ui = 0.2, .jitter_ui = 0.01};
  CHECK_THAT(wrong_bit_rate(eye, 0.2), WithinRel(1e-9, 0.01));
  CHECK_THAT(wrong_bit_rate(eye, clean_shift_ui(eye)), WithinRel(1e-16, 0.05));
  CHECK_THAT(wrong_bit_rate(eye, 0.2 + 0.05998), WithinRel(0.5, 1e-6));
  CHECK_THAT(wrong_bit_rate(eye, 0.2 + 0.04998), WithinRel(0.158655, 1e-4));  // one deviation
  CHECK(wrong_bit_rate(eye, 0.1) == 0);
  double before = 0;
  for (double shift = 0; shift < 0.4; shift += 0.01) {
    CHECK(wrong_bit_rate(eye, shift) >= before);
    before = wrong_bit_rate(eye, shift);
  }
  CHECK(clean_shift_ui({.margin_ui = 0.01, .jitter_ui = 0.1}) == 0);
}

TEST_CASE("the standards' ranges of supply") {
  CHECK(supply_range(Standard::ddr4).lowest_v == 1.14);
  CHECK(supply_range(Standard::ddr4).highest_v == 1.26);
  CHECK(supply_range(Standard::lpddr4).lowest_v == 1.06);
  CHECK(supply_range(Standard::lpddr5).lowest_v == 1.01);
  CHECK(supply_range(Standard::lpddr5x).highest_v == 1.12);
  CHECK(supply_range(Standard::hbm2e).nominal_v == 1.2);
}
