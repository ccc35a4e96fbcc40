// SPDX-License-Identifier: MIT
// Cells that fail: the same ones again, more at a higher rate, and what SECDED leaves.
#include "learning/faults/fault_map.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "support/catch.h"

using namespace kiln;
using namespace kiln::learning;
using workload::Precision;

namespace {

NumberFormat format_of(Precision precision, Fp8 fp8 = Fp8::e4m3) {
  NumberFormat format;
  format.precision = precision;
  format.fp8 = fp8;
  return format;
}

}  // namespace

TEST_CASE("the cells of a die fail again, and those of a lower rate are among those of a higher one") {
  const FaultsConfig config;
  const auto cells = FaultMap(config, 1e-3).failing(12345, 1 << 20, 0);
  CHECK(cells == FaultMap(config, 1e-3).failing(12345, 1 << 20, 99));
  CHECK_THAT(static_cast<double>(cells.size()), Catch::Matchers::WithinRel(1e-3 * (1 << 20), 0.1));
  const auto more = FaultMap(config, 1e-2).failing(12345, 1 << 20, 0);
  CHECK(std::includes(more.begin(), more.end(), cells.begin(), cells.end()));
  // A part of the memory has the cells of that part.
  const auto part = FaultMap(config, 1e-3).failing(12345 + 1000, 100000, 0);
  for (const std::uint64_t cell : part) CHECK(std::binary_search(cells.begin(), cells.end(), cell + 1000));
  FaultsConfig other = config;
  other.chip = 2;
  CHECK(FaultMap(other, 1e-3).failing(12345, 1 << 20, 0) != cells);
  other.persistent = false;
  CHECK(FaultMap(other, 1e-3).failing(0, 1 << 20, 1) != FaultMap(other, 1e-3).failing(0, 1 << 20, 2));
}

TEST_CASE("values are bits and back in every format") {
  for (const NumberFormat& format :
       {format_of(Precision::fp32), format_of(Precision::fp16), format_of(Precision::bf16),
        format_of(Precision::fp8), format_of(Precision::fp8, Fp8::e5m2), format_of(Precision::int16),
        format_of(Precision::int8), format_of(Precision::int4)}) {
    for (const float value : {0.0f, 1.0f, -1.5f, 3.0f, -6.0f, 0.5f}) {
      const float held = is_integer(format.precision) ? std::round(value) : value;
      CHECK(value_of_bits(format, bits_of_value(format, held, 1), 1) == held);
    }
  }
  // Subnormal numbers of E4M3, and the sign bit of INT8.
  CHECK(value_of_bits(format_of(Precision::fp8), bits_of_value(format_of(Precision::fp8), 0.001953125f, 0),
                      0) == 0.001953125f);
  CHECK(value_of_bits(format_of(Precision::int8), 0x80, 0.5f) == -64);
}

TEST_CASE("a failing cell of INT16 and of scaled fp8 changes one bit of the code and nothing else") {
  NumberFormat words = format_of(Precision::int16), blocks = format_of(Precision::fp8);
  blocks.block = 32;
  for (const NumberFormat& format : {words, blocks}) {
    std::vector<float> values(20000);
    for (std::size_t i = 0; i < values.size(); ++i)  // far below fp8's own range
      values[i] = 1e-9f * static_cast<float>(1 + i % 37);
    round_to(format, values, {});
    const std::vector<float> before = values;
    FaultMap map(FaultsConfig{}, 1e-3);
    const FaultCounts counts = map.apply(format, 0, 0, values);
    CHECK(counts.bits > 0);
    // Against the codes that the values had.
    std::int64_t changed = 0, back = 0;
    const auto block = static_cast<std::size_t>(format.block > 0 ? format.block : 20000);
    for (std::size_t first = 0; first < values.size(); first += block) {
      const std::size_t count = std::min(block, values.size() - first);
      const float step = format.precision == Precision::int16 ? integer_step(format, before) : 0;
      const int exponent = block_exponent(format, std::span(before).subspan(first, count));
      for (std::size_t i = first; i < first + count; ++i) {
        if (values[i] == before[i]) continue;
        ++changed;
        const std::uint32_t was = bits_of_value(format, std::ldexp(before[i], -exponent), step),
                            is = bits_of_value(format, std::ldexp(values[i], -exponent), step);
        back += std::popcount(was ^ is) == 1;
      }
    }
    CHECK(changed > counts.bits * 9 / 10);
    CHECK(back > changed * 9 / 10);  // a few values have two failing cells
  }
}

TEST_CASE("each failing cell changes one bit, a stuck one half of the time") {
  FaultsConfig config;
  std::vector<float> values(20000, 1.0f);
  FaultMap map(config, 1e-3);
  const auto expected = static_cast<std::int64_t>(map.failing(0, 32 * values.size(), 0).size());
  const FaultCounts counts = map.apply(format_of(Precision::fp32), 0, 0, values);
  CHECK(counts.bits == expected);
  CHECK(std::count_if(values.begin(), values.end(), [](float v) { return v != 1.0f; }) > expected * 9 / 10);
  config.cells = CellFault::stuck;
  std::fill(values.begin(), values.end(), 1.0f);
  const FaultCounts stuck = FaultMap(config, 1e-3).apply(format_of(Precision::fp32), 0, 0, values);
  CHECK_THAT(static_cast<double>(stuck.bits),
             Catch::Matchers::WithinRel(0.5 * static_cast<double>(expected), 0.2));
  // Written once more, what is stuck stays as it is.
  const std::vector<float> before = values;
  FaultMap(config, 1e-3).apply(format_of(Precision::fp32), 0, 0, values);
  CHECK(std::equal(values.begin(), values.end(), before.begin(),
                   [](float a, float b) { return a == b || (std::isnan(a) && std::isnan(b)); }));
}

TEST_CASE("SECDED corrects single bits, finds double ones, and a guard stops large values") {
  FaultsConfig config;
  config.secded = true;
  std::vector<float> values(20000, 1.0f);
  const FaultCounts rare = FaultMap(config, 1e-5).apply(format_of(Precision::fp32), 0, 0, values);
  CHECK(rare.bits == 0);
  CHECK(rare.corrected > 0);
  CHECK(std::all_of(values.begin(), values.end(), [](float v) { return v == 1.0f; }));
  const FaultCounts often = FaultMap(config, 1e-2).apply(format_of(Precision::fp32), 0, 0, values);
  CHECK(often.detected > 0);
  CHECK(often.bits > 0);
  config.secded = false;
  config.guard = 2;
  std::fill(values.begin(), values.end(), 1.0f);
  const FaultCounts guarded = FaultMap(config, 1e-2).apply(format_of(Precision::fp32), 0, 0, values);
  CHECK(guarded.guarded > 0);
  CHECK(std::all_of(values.begin(), values.end(), [](float v) { return std::fabs(v) <= 2; }));
}
