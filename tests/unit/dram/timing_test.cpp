// SPDX-License-Identifier: MIT
// Facts of a speed bin: read and written as they stand, and cycles derived for a clock.
#include <fmt/format.h>

#include "config/load.h"
#include "dram/dram_config.h"
#include "dram/energy.h"
#include "dram/retention.h"
#include "dram/timing_table.h"
#include "support/catch.h"

using namespace kiln;
using namespace kiln::dram;
using Catch::Matchers::WithinRel;

namespace {

DramConfig timed_part(const std::string& name, std::vector<std::string> set = {}) {
  return config::load<StandaloneConfig>(
             std::string(KILN_SOURCE_DIR) + "/configs/parts/dram/" + name + ".yaml", set)
      .value;
}

std::string problem(const std::string& set) {
  try {
    timed_part("lpddr4_3200", {set});
  } catch (const base::ConfigError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("A timing is a time, cycles of its bin, or the longer of a time and a number of cycles") {
  const double bin = 1.6e9;
  CHECK(Timing(29).at(bin, bin, Rounding::up) == 29);
  CHECK(Timing(29).at(bin / 2, bin, Rounding::up) == 15);  // 18.125 ns of 800 MHz are 14.5
  CHECK(Timing::of(18e-9).at(bin, bin, Rounding::up) == 29);
  CHECK(Timing::of(18e-9).at(bin / 2, bin, Rounding::up) == 15);
  CHECK(Timing::of(7.5e-9).at(bin, bin, Rounding::up) == 12);        // 12.000000000000002 in binary
  CHECK(Timing::of(7.5e-9, 8).at(bin / 2, bin, Rounding::up) == 8);  // the time alone is 6
  CHECK(Timing::of(3904e-9).at(bin, bin, Rounding::down) == 6246);   // 6246.4
  // JESD79-4: 13.75 ns of 0.937 ns are 14.67 -> 15; 14.02 cycles are 14 within the guard band.
  CHECK(Timing::of(13.75e-9).at(1 / 0.937e-9, bin, Rounding::up_ddr4) == 15);
  CHECK(Timing::of(14.02e-9).at(1e9, bin, Rounding::up_ddr4) == 14);
  CHECK(Timing::of(14.02e-9).at(1e9, bin, Rounding::up) == 15);
}

TEST_CASE("Timings are written again as they were read") {
  const DramConfig config = timed_part("lpddr4_3200", {"timing.tFAW=64", "timing.tRTP=max(8 ns, 9 nCK)"});
  const config::Node node = config::Value<TimingConfig>::write(config.timing, {});
  CHECK(node.find("tFAW")->scalar == "64");
  CHECK(node.find("tRP")->scalar == "max(18 ns, 4 nCK)");
  CHECK(node.find("tRFCab")->scalar == "380 ns");
  CHECK(node.find("tRTP")->scalar == "max(8 ns, 9 nCK)");
  CHECK(config.timing.tRTP.cycles == 9);
  CHECK_THAT(config.timing.tRTP.seconds, WithinRel(8e-9, 1e-12));
}

TEST_CASE("What is no timing is refused by name") {
  using testing::contains;
  CHECK_THAT(problem("timing.tRP=18 apples"), contains("timing.tRP"));
  CHECK_THAT(problem("timing.tRP=0"), contains("timing.tRP"));
  CHECK_THAT(problem("timing.tRP=2 ms"), contains("timing.tRP"));
  CHECK_THAT(problem("timing.tRP=max(18 ns)"), contains("max(7.5 ns, 8 nCK)"));
  CHECK_THAT(problem("timing.tRP=max(18 ns, 0 nCK)"), contains("timing.tRP"));
  CHECK_THAT(problem("timing.tCCD_S=5 ns"), contains("timing.tCCD_S"));  // cycles at any clock
  CHECK_THAT(problem("timing.tRRD_S=20 ns"), contains("timing.tRRD_L: must be at least tRRD_S"));
  CHECK_THAT(problem("timing.tRFCab=5 us"), contains("timing.tRFCab: must be shorter than tREFI"));
}

TEST_CASE("The shipped parts have the cycles of their sources") {
  const DramConfig slow = timed_part("lpddr4_3200"), fast = timed_part("lpddr4_4266"),
                   ddr4 = timed_part("ddr4_3200");
  const TimingCycles a = cycles_at(slow, slow.clock_hz), b = cycles_at(fast, fast.clock_hz),
                     c = cycles_at(ddr4, ddr4.clock_hz);
  // DRAMSys memspecs JEDEC_1Gbx16_LPDDR4-3200 and -4266; JESD79-4 3200AA.
  CHECK(std::vector{a.tRCDRD, a.tRPab, a.tRAS, a.tRC, a.tRRD_S, a.tFAW, a.tWR, a.tRTP, a.tREFI, a.tRFCab} ==
        std::vector{29, 34, 68, 97, 16, 64, 29, 12, 6246, 608});
  CHECK(std::vector{b.tRCDRD, b.tRPab, b.tRAS, b.tRC, b.tRRD_S, b.tFAW, b.tWR, b.tRTP, b.tREFI, b.tRFCab} ==
        std::vector{39, 45, 90, 129, 22, 86, 39, 17, 8341, 812});
  CHECK(std::vector{c.tRCDRD, c.tRP, c.tRAS, c.tRC, c.tRRD_L, c.tFAW, c.tWR, c.tRTP, c.tREFI, c.tRFCab} ==
        std::vector{22, 22, 52, 74, 8, 34, 24, 12, 12480, 560});
}

TEST_CASE("Another clock keeps the nanoseconds, the retention window and a burst's charge") {
  const std::string name = GENERATE("lpddr4_3200", "lpddr5x_8533", "hbm2e_3600", "ddr4_3200");
  const double factor = GENERATE(0.5, 0.7, 1.2);
  const DramConfig bin = timed_part(name);
  const DramConfig other = timed_part(name, {fmt::format("clock={} Hz", bin.clock_hz * factor)});
  const TimingTable t = resolve(bin, bin.clock_hz), u = resolve(other, other.clock_hz);
  const double period = 1 / bin.clock_hz, other_period = period / factor;
  const auto same_time = [&](Cycle one, Cycle two) {
    const double first = static_cast<double>(one) * period, second = static_cast<double>(two) * other_period;
    CHECK(second > first - 3 * period);  // both were rounded up
    CHECK(second < first + 3 * other_period);
  };
  same_time(t.act_to_read, u.act_to_read);
  same_time(t.act_to_act_bank, u.act_to_act_bank);
  same_time(t.pre_to_act, u.pre_to_act);
  same_time(t.refresh_to_act, u.refresh_to_act);
  same_time(t.refresh_interval, u.refresh_interval);
  CHECK(u.burst == t.burst);
  CHECK(refresh_interval_s(other, 1) == refresh_interval_s(bin, 1));
  const auto burst_pj = [](const DramConfig& config) {
    CommandCounts counts;
    counts.reads = counts.activates = 1;
    return energy(config, counts, 0).total();
  };
  CHECK(burst_pj(other) == burst_pj(bin));
}

TEST_CASE("Timings without a speed bin are cycles of the clock, as the peers state them") {
  const std::string file =
      std::string(KILN_SOURCE_DIR) + "/tests/reference/dram/ramulator-hbm2_2000_AllBank.yaml";
  const DramConfig config =
      config::load<StandaloneConfig>(file, std::vector<std::string>{"clock=2 GHz"}).value;
  CHECK(cycles_at(config, config.clock_hz).tRP == config.timing.tRP.cycles);
  CHECK_THAT(refresh_interval_s(config, 1), WithinRel(8192 * 3900 / 2e9, 1e-9));
}
