// SPDX-License-Identifier: MIT
#include <rapidcheck.h>

#include <cmath>

#include "base/error.h"
#include "sram/banked_sram.h"
#include "sram/gradient_buffer.h"
#include "sram/reliability.h"
#include "support/catch.h"

using namespace kiln;
using namespace kiln::sram;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

SramConfig four_banks() {
  SramConfig config;
  config.capacity_bytes = 64 * 1024;
  config.banks = 4;
  config.width_bytes = 16;
  config.interleave_bytes = 16;
  config.clock_hz = 1e9;
  config.latency_cycles = 2;
  return config;
}

constexpr base::TimePs kCycle = 1000;

}  // namespace

TEST_CASE("A lone stream moves one access per cycle after the latency") {
  BankedSram sram(four_banks());
  const Curve curve = sram.reserve(0, 1024, false, 0);
  CHECK(curve.first == 2 * kCycle);
  CHECK(curve.last == (64 + 2) * kCycle);
  CHECK(sram.counts().bank_accesses == 64);
  CHECK(sram.counts().conflict_cycles == 0);
}

TEST_CASE("As many streams as banks run at full speed, more share") {
  BankedSram sram(four_banks());
  for (int stream = 0; stream < 4; ++stream) CHECK(sram.reserve(0, 1024, false, 0).last == (64 + 2) * kCycle);
  CHECK(sram.reserve(0, 1024, false, 0).last == (80 + 2) * kCycle);
  CHECK(sram.counts().conflict_cycles == 16);
}

TEST_CASE("Requests to one bank wait for each other") {
  SramConfig config = four_banks();
  config.interleave_bytes = 16 * 1024;
  BankedSram sram(config);
  CHECK(sram.reserve(0, 1024, false, 0).last == 66 * kCycle);
  CHECK(sram.reserve(0, 1024, false, 2048).last == 130 * kCycle);  // same bank
  CHECK(sram.reserve(0, 1024, false, 16 * 1024).last == 66 * kCycle);
}

TEST_CASE("Ports decide what may overlap in a bank") {
  SramConfig config = four_banks();
  config.interleave_bytes = 16 * 1024;
  config.ports = Ports::read_write;
  BankedSram pair(config);
  CHECK(pair.reserve(0, 1024, false, 0).last == 66 * kCycle);
  CHECK(pair.reserve(0, 1024, true, 0).last == 66 * kCycle);
  CHECK(pair.reserve(0, 1024, true, 0).last == 130 * kCycle);
  config.ports = Ports::dual;
  BankedSram dual(config);
  CHECK(dual.reserve(0, 1024, false, 0).last == 66 * kCycle);
  CHECK(dual.reserve(0, 1024, false, 0).last == 66 * kCycle);
  CHECK(dual.reserve(0, 1024, false, 0).last == 98 * kCycle);
}

TEST_CASE("No bank ever serves more than its ports allow") {
  CHECK(rc::check("bandwidth is conserved", [] {
    SramConfig config = four_banks();
    config.banks = *rc::gen::inRange(1, 9);
    config.interleave_bytes = 16u << *rc::gen::inRange(0, 6);
    config.ports = *rc::gen::element(Ports::single, Ports::read_write, Ports::dual);
    BankedSram sram(config);
    base::TimePs now = 0;
    base::TimePs last = 0;
    std::int64_t moved = 0;
    for (int i = 0; i < 30; ++i) {
      now += *rc::gen::inRange<base::TimePs>(0, 20'000);
      const auto bytes = static_cast<std::uint64_t>(*rc::gen::inRange(1, 4096));
      const auto address = static_cast<std::uint64_t>(*rc::gen::inRange(0, 60'000));
      const Curve curve = sram.reserve(now, bytes, *rc::gen::arbitrary<bool>(), address);
      RC_ASSERT(curve.first > now);
      RC_ASSERT(curve.last >= curve.first);
      last = std::max(last, curve.last);
      moved += static_cast<std::int64_t>(bytes);
    }
    const double bound = sram.peak_bandwidth() * base::to_seconds(last);
    RC_ASSERT(static_cast<double>(moved) <= bound * 1.0001);
    RC_ASSERT(sram.counts().read_bytes + sram.counts().write_bytes == moved);
  }));
}

TEST_CASE("A slower clock stretches what comes after it") {
  BankedSram sram(four_banks());
  sram.replan(10 * kCycle, 500e6);
  CHECK(sram.reserve(10 * kCycle, 160, false, 0).last == 10 * kCycle + 12 * 2 * kCycle);
}

TEST_CASE("SECDED costs storage, a cycle, and a merge for parts of a code word") {
  CHECK(secded_check_bits(64) == 8);
  CHECK(secded_check_bits(32) == 7);
  CHECK(secded_check_bits(8) == 5);
  SramConfig config = four_banks();
  config.ecc = Ecc::secded;
  CHECK(storage_factor(config) == 1.125);
  BankedSram sram(config);
  CHECK(sram.reserve(0, 1024, false, 0).last == (64 + 3) * kCycle);
  sram.reserve(100 * kCycle, 1024, true, 0);
  CHECK(sram.counts().partial_writes == 0);
  sram.reserve(200 * kCycle, 5, true, 1);
  CHECK(sram.counts().partial_writes == 1);
  sram.reserve(300 * kCycle, 14, true, 1);
  CHECK(sram.counts().partial_writes == 3);
}

TEST_CASE("Requests outside the memory are refused") {
  BankedSram sram(four_banks());
  CHECK_THROWS_AS(sram.reserve(0, 2, false, 64 * 1024 - 1), base::SimError);
}

TEST_CASE("Bit errors grow as the voltage falls and the die heats") {
  const ReliabilityConfig cells;
  const BitErrorRates nominal = bit_error_rates(cells, 0.8, 25);
  // 700 FIT/Mbit: 700 upsets in 1e9 hours.
  CHECK_THAT(nominal.soft_per_bit_s * 1024 * 1024 * 3.6e12, WithinRel(700.0, 1e-9));
  double access = 0;
  double soft = 0;
  for (const double voltage : {0.8, 0.7, 0.6, 0.5, 0.4}) {
    const BitErrorRates rates = bit_error_rates(cells, voltage, 25);
    CHECK(rates.access > access);
    CHECK(rates.soft_per_bit_s > soft);
    access = rates.access;
    soft = rates.soft_per_bit_s;
  }
  CHECK_THAT(bit_error_rates(cells, 0.4, 25).access, WithinRel(0.5, 1e-9));
  CHECK(bit_error_rates(cells, 0.25, 105).hold > 2 * bit_error_rates(cells, 0.25, 25).hold);
}

TEST_CASE("SECDED leaves the square of the error rate") {
  SramConfig config = four_banks();
  const auto raw = buffer_errors(config, 1 << 20, 3600, 0.6, 60);
  CHECK(raw.residual_bit_error == raw.raw_bit_error);
  config.ecc = Ecc::secded;
  const auto guarded = buffer_errors(config, 1 << 20, 3600, 0.6, 60);
  CHECK(guarded.raw_bit_error == raw.raw_bit_error);
  // Small p: p (1 - (1-p)^71) ~ 71 p^2.
  CHECK_THAT(guarded.residual_bit_error, WithinRel(71 * std::pow(raw.raw_bit_error, 2), 1e-2));
  CHECK_THAT(guarded.expected_flips, WithinRel(guarded.residual_bit_error * 8 * (1 << 20), 1e-12));
}

TEST_CASE("The fp32 residual of MobileNetV2 does not fit two megabytes, and the cost is named") {
  GradientDemand demand;
  demand.parameters = 3'504'872;
  demand.residual_bits = 32;
  demand.gradient_bytes = 128 * 1024;
  const GradientPlan fp32 = plan_gradient_buffer(demand, 2 << 20);
  CHECK_FALSE(fp32.fits());
  CHECK(fp32.needed_bytes == 4 * 3'504'872 + 128 * 1024);
  CHECK(fp32.dram_bytes_per_step == 2.0 * static_cast<double>(fp32.spilled_bytes));
  CHECK_THAT(fp32.explain(), kiln::testing::contains("spill to DRAM"));

  demand.residual_bits = 8;
  const GradientPlan int8 = plan_gradient_buffer(demand, 4 << 20);
  CHECK(int8.fits());
  CHECK(int8.dram_bytes_per_step == 0);
  CHECK_THROWS_AS(plan_gradient_buffer(demand, 64 * 1024), base::SimError);
}
