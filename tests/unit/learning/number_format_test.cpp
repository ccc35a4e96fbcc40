// SPDX-License-Identifier: MIT
// What formats hold, against their definitions.
#include "learning/formats/number_format.h"

#include <cmath>
#include <limits>

#include "support/catch.h"

using namespace kiln;
using namespace kiln::learning;
using workload::Precision;

namespace {

float rounded(NumberFormat format, float value, std::uint32_t noise = 0) {
  std::vector<float> values = {value};
  round_to(format, values, {noise});
  return values[0];
}

NumberFormat fp8(Fp8 kind) {
  NumberFormat format;
  format.precision = Precision::fp8;
  format.fp8 = kind;
  return format;
}

/// All finite values of a float format that are not negative.
std::vector<float> all_values(int mantissa, int lowest, float largest) {
  std::vector<float> values;
  for (int i = 0; i < 1 << mantissa; ++i)
    values.push_back(static_cast<float>(std::ldexp(i, lowest - mantissa)));
  for (int exponent = lowest;; ++exponent)
    for (int i = 0; i < 1 << mantissa; ++i) {
      const auto value = static_cast<float>(std::ldexp((1 << mantissa) + i, exponent - mantissa));
      if (value > largest) return values;
      values.push_back(value);
    }
}

void check_nearest(const NumberFormat& format, const std::vector<float>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    CHECK(rounded(format, values[i]) == values[i]);
    CHECK(rounded(format, -values[i]) == -values[i]);
    if (i == 0) continue;
    const float step = values[i] - values[i - 1];
    CHECK(rounded(format, values[i - 1] + 0.4f * step) == values[i - 1]);
    CHECK(rounded(format, values[i - 1] + 0.6f * step) == values[i]);
    const float even = i % 2 == 0 ? values[i] : values[i - 1];
    CHECK(rounded(format, values[i - 1] + 0.5f * step) == even);
  }
}

}  // namespace

TEST_CASE("fp8 rounds to the nearest of all its values, ties to even") {
  check_nearest(fp8(Fp8::e4m3), all_values(3, -6, 448));
  check_nearest(fp8(Fp8::e5m2), all_values(2, -14, 57344));
}

TEST_CASE("fp16 and bf16 round as their bits say") {
  NumberFormat half;
  half.precision = Precision::fp16;
  check_nearest(half, all_values(10, -14, 65504));
  NumberFormat brain;
  brain.precision = Precision::bf16;
  for (const float value : {1.0f, 1.0078125f, 3.140625f, 1e30f, 1e-30f})
    CHECK(std::abs(rounded(brain, value) / value - 1) <= 1.0f / 256);
  CHECK(rounded(brain, 1.00390625f) == 1.0f);
  CHECK(rounded(brain, 1.01171875f) == 1.015625f);
}

TEST_CASE("beyond the largest number E4M3 saturates, E5M2 and fp16 become infinite") {
  CHECK(rounded(fp8(Fp8::e4m3), 1e6f) == 448);
  CHECK(rounded(fp8(Fp8::e4m3), -500) == -448);
  CHECK(rounded(fp8(Fp8::e5m2), 1e6f) == std::numeric_limits<float>::infinity());
  NumberFormat half;
  half.precision = Precision::fp16;
  CHECK(rounded(half, 70000) == std::numeric_limits<float>::infinity());
  CHECK(std::isnan(rounded(fp8(Fp8::e4m3), std::numeric_limits<float>::quiet_NaN())));
  std::vector<float> values = {1000, 1, 1e-9f, 0};
  const RoundingCounts counts = round_to(fp8(Fp8::e4m3), values, {});
  CHECK(counts.values == 4);
  CHECK(counts.saturated == 1);
  CHECK(counts.flushed == 1);
}

TEST_CASE("stochastic rounding is right in the mean") {
  NumberFormat integer;
  integer.precision = Precision::int4;
  integer.scale = ScaleRule::fixed;
  integer.step = 1;
  NumberFormat eight = fp8(Fp8::e4m3);
  for (NumberFormat format : {integer, eight}) {
    format.rounding = Rounding::stochastic;
    const float value = format.precision == Precision::int4 ? 2.3f : 1.03f;
    std::vector<float> values(20000, value);
    round_to(format, values, {1234});
    double sum = 0;
    for (const float v : values) sum += double{v};
    CHECK_THAT(sum / 20000, Catch::Matchers::WithinRel(double{value}, 5e-3));
  }
  std::vector<float> tiny(20000, 0.0003f);  // below half of the smallest number
  eight.rounding = Rounding::stochastic;
  round_to(eight, tiny, {5});
  double sum = 0;
  for (const float v : tiny) sum += double{v};
  CHECK_THAT(sum / 20000, Catch::Matchers::WithinRel(0.0003, 0.05));
}

TEST_CASE("integers take their scale from the largest value of tensor or block, or keep a step") {
  NumberFormat format;
  format.precision = Precision::int8;
  std::vector<float> values = {127, -127, 0.4f, 63.6f};
  round_to(format, values, {});
  CHECK(values == std::vector<float>{127, -127, 0, 64});
  format.precision = Precision::int4;
  format.block = 2;
  values = {7, 3.4f, 0.07f, 0.0344f};
  round_to(format, values, {});
  CHECK_THAT(values[1], Catch::Matchers::WithinAbs(3, 1e-6));
  CHECK_THAT(values[3], Catch::Matchers::WithinAbs(0.03, 1e-6));
  format.scale = ScaleRule::fixed;
  format.step = 0.5;
  values = {0.6f, 100, -0.2f, 0};
  const RoundingCounts counts = round_to(format, values, {});
  CHECK(values == std::vector<float>{0.5f, 3.5f, 0, 0});
  CHECK(counts.saturated == 1);
  CHECK(counts.flushed == 1);
}

TEST_CASE("fp8 with a scale per block keeps what is small") {
  NumberFormat format = fp8(Fp8::e4m3);
  std::vector<float> values = {1e-6f, 2e-6f, 3e-6f, 1.1e-6f};
  std::vector<float> plain = values;
  round_to(format, plain, {});
  CHECK(plain == std::vector<float>{0, 0, 0, 0});
  format.block = 4;
  round_to(format, values, {});
  CHECK_THAT(values[2], Catch::Matchers::WithinRel(3e-6, 0.07));
  CHECK(values[0] > 0);
}
