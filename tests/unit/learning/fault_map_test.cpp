// SPDX-License-Identifier: MIT
// Cells that fail: the same ones again, more at a higher rate, and what SECDED leaves.
#include "learning/faults/fault_map.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/coding.h"
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
  const CellConfig config;
  const auto cells = FaultMap(config, 1e-3).failing(12345, 1 << 20, 0);
  CHECK(cells == FaultMap(config, 1e-3).failing(12345, 1 << 20, 99));
  CHECK_THAT(static_cast<double>(cells.size()), Catch::Matchers::WithinRel(1e-3 * (1 << 20), 0.1));
  const auto more = FaultMap(config, 1e-2).failing(12345, 1 << 20, 0);
  CHECK(std::includes(more.begin(), more.end(), cells.begin(), cells.end()));
  // A part of the memory has the cells of that part.
  const auto part = FaultMap(config, 1e-3).failing(12345 + 1000, 100000, 0);
  for (const std::uint64_t cell : part) CHECK(std::binary_search(cells.begin(), cells.end(), cell + 1000));
  CellConfig other = config;
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
    FaultMap map(CellConfig{}, 1e-3);
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
  CellConfig config;
  std::vector<float> values(20000, 1.0f);
  FaultMap map(config, 1e-3);
  const auto expected = static_cast<std::int64_t>(map.failing(0, 32 * values.size(), 0).size());
  const FaultCounts counts = map.apply(format_of(Precision::fp32), 0, 0, values);
  CHECK(counts.bits == expected);
  CHECK(std::count_if(values.begin(), values.end(), [](float v) { return v != 1.0f; }) > expected * 9 / 10);
  config.kind = CellFault::stuck;
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
  CellConfig config;
  config.code.correction = Correction::single_and_detect;
  std::vector<float> values(20000, 1.0f);
  const FaultCounts rare = FaultMap(config, 1e-5).apply(format_of(Precision::fp32), 0, 0, values);
  CHECK(rare.bits == 0);
  CHECK(rare.corrected > 0);
  CHECK(std::all_of(values.begin(), values.end(), [](float v) { return v == 1.0f; }));
  const FaultCounts often = FaultMap(config, 1e-2).apply(format_of(Precision::fp32), 0, 0, values);
  CHECK(often.detected > 0);
  CHECK(often.bits > 0);
  config.code.correction = Correction::none;
  config.guard = 2;
  std::fill(values.begin(), values.end(), 1.0f);
  const FaultCounts guarded = FaultMap(config, 1e-2).apply(format_of(Precision::fp32), 0, 0, values);
  CHECK(guarded.guarded > 0);
  CHECK(std::all_of(values.begin(), values.end(), [](float v) { return std::fabs(v) <= 2; }));
}

namespace {

constexpr std::size_t kWords = 1 << 20;  // of 64 bits: two floats each

/// What is read wrong of so many words of one pattern, where a share of the cells fails.
FaultCounts read(const CellConfig& config, double rate, std::uint32_t pattern) {
  std::vector<float> values(2 * kWords, std::bit_cast<float>(pattern));
  return FaultMap(config, rate).apply(format_of(Precision::fp32), 0, 7, values);
}

/// Within four standard deviations of a count that is expected.
void check_count(std::int64_t found, double expected) {
  INFO(found << " found, " << expected << " expected");
  CHECK(std::fabs(static_cast<double>(found) - expected) < 4 * std::sqrt(expected) + 1);
}

/// So many of n bits wrong, each with chance p.
double binomial(int n, int wrong, double p) {
  return std::exp(std::lgamma(n + 1) - std::lgamma(wrong + 1) - std::lgamma(n - wrong + 1)) *
         std::pow(p, wrong) * std::pow(1 - p, n - wrong);
}

}  // namespace

TEST_CASE("a cell that leaks goes wrong in one direction only, half of the cells in each") {
  CellConfig config;
  config.kind = CellFault::stuck;
  const double rate = 1e-4, bits = 64.0 * kWords;
  // All bits one but for the lowest of the exponent, which would make it no number; and all bits zero.
  const FaultCounts ones = read(config, rate, 0xff7fffff), zeros = read(config, rate, 0);
  check_count(zeros.bits, rate * bits / 2);
  check_count(ones.bits, rate * bits * 31 / 32 / 2 + rate * bits / 32 / 2);
  std::vector<float> both(2 * kWords, 0.0f);
  const auto failing = FaultMap(config, rate).failing(0, 64 * kWords, 7).size();
  CHECK(std::abs(static_cast<double>(failing) - static_cast<double>(ones.bits + zeros.bits)) <
        0.1 * static_cast<double>(failing));
}

TEST_CASE("words with one, two and more wrong bits are as many as the binomial law says, check bits too") {
  CellConfig config;
  config.code = {Correction::single_and_detect, 64, 8};
  const double rate = 1e-3;
  const FaultCounts secded = read(config, rate, 0x3f800000);
  check_count(secded.corrected, kWords * binomial(72, 1, rate));
  check_count(secded.detected, kWords * binomial(72, 2, rate));
  // Three wrong bits and more pass unseen; the share of them that are data is 64 of 72.
  check_count(secded.bits / 3, kWords * binomial(72, 3, rate) * 64 / 72);
  // A code on the die sees no word with two.
  config.code = {Correction::single, 128, 8};
  const FaultCounts on_die = read(config, rate, 0x3f800000);
  CHECK(on_die.detected == 0);
  check_count(on_die.corrected, 0.5 * kWords * binomial(136, 1, rate));
  const double left = base::after_single_correction(rate, 136) * 64 * kWords;
  CHECK_THAT(static_cast<double>(on_die.bits), Catch::Matchers::WithinRel(left, 0.05));
}

TEST_CASE("a word that was retired does not fail again, others do") {
  CellConfig config;
  config.code = {Correction::single_and_detect, 64, 8};
  std::vector<float> values(200000, 1.0f);
  FaultMap map(config, 2e-3);
  const FaultCounts before = map.apply(format_of(Precision::fp32), 0, 1, values);
  REQUIRE(before.detected > 0);
  map.retire_detected();
  CHECK(static_cast<std::int64_t>(map.retired().size()) == before.detected);
  std::fill(values.begin(), values.end(), 1.0f);
  const FaultCounts after = map.apply(format_of(Precision::fp32), 0, 2, values);
  CHECK(after.detected == 0);
  CHECK(after.corrected == before.corrected);
  // Cells that are others at every write have no spare ones.
  config.persistent = false;
  FaultMap fleeting(config, 2e-3);
  fleeting.apply(format_of(Precision::fp32), 0, 1, values);
  fleeting.retire_detected();
  CHECK(fleeting.retired().empty());
}

TEST_CASE("a stretch of values passes its own cells: all stretches together are the whole") {
  CellConfig config;
  config.code = {Correction::single_and_detect, 64, 8};
  config.guard = 1e30;  // none is no number, which would be equal to nothing
  for (const NumberFormat& format : {format_of(Precision::fp32), format_of(Precision::bf16)}) {
    std::vector<float> whole;
    for (int i = 0; i < 40000; ++i) whole.push_back(static_cast<float>(i % 255 - 127));
    std::vector<float> in_parts = whole;
    const FaultCounts all = FaultMap(config, 1e-2).apply(format, 64, 0, whole);
    FaultCounts sum;
    for (const Stretch& part : {Stretch{0, 8000}, Stretch{8000, 24000}, Stretch{24000}})
      sum += FaultMap(config, 1e-2).apply(format, 64, 0, in_parts, part);
    CHECK(all.detected > 0);
    CHECK(sum.detected == all.detected);
    CHECK(sum.corrected == all.corrected);
    CHECK(sum.bits == all.bits);
    CHECK(in_parts == whole);
  }
}
