// SPDX-License-Identifier: MIT
#include "dram/timing_config.h"

#include <fmt/core.h>

#include <algorithm>
#include <deque>
#include <string>
#include <utility>

namespace kiln::dram {

using config::Checker;
using config::Record;

namespace {

constexpr double kMostCycles = 1e6;
constexpr std::string_view kTimeUnit = "as a time, or in clock cycles of the speed bin";

constexpr std::pair<Timing TimingConfig::*, int TimingCycles::*> kTimes[] = {
    {&TimingConfig::read_latency, &TimingCycles::read_latency},
    {&TimingConfig::write_latency, &TimingCycles::write_latency},
    {&TimingConfig::tDQSCK, &TimingCycles::tDQSCK},
    {&TimingConfig::tRCDRD, &TimingCycles::tRCDRD},
    {&TimingConfig::tRCDWR, &TimingCycles::tRCDWR},
    {&TimingConfig::tRP, &TimingCycles::tRP},
    {&TimingConfig::tRPab, &TimingCycles::tRPab},
    {&TimingConfig::tRAS, &TimingCycles::tRAS},
    {&TimingConfig::tRC, &TimingCycles::tRC},
    {&TimingConfig::tRRD_S, &TimingCycles::tRRD_S},
    {&TimingConfig::tRRD_L, &TimingCycles::tRRD_L},
    {&TimingConfig::tFAW, &TimingCycles::tFAW},
    {&TimingConfig::tWR, &TimingCycles::tWR},
    {&TimingConfig::tWTR_S, &TimingCycles::tWTR_S},
    {&TimingConfig::tWTR_L, &TimingCycles::tWTR_L},
    {&TimingConfig::tRTP, &TimingCycles::tRTP},
    {&TimingConfig::tRTW, &TimingCycles::tRTW},
    {&TimingConfig::tPPD, &TimingCycles::tPPD},
    {&TimingConfig::tREFI, &TimingCycles::tREFI},
    {&TimingConfig::tREFIpb, &TimingCycles::tREFIpb},
    {&TimingConfig::tRFCab, &TimingCycles::tRFCab},
    {&TimingConfig::tRFCpb, &TimingCycles::tRFCpb},
    {&TimingConfig::tRREFD, &TimingCycles::tRREFD},
    {&TimingConfig::tPBR2PBR, &TimingCycles::tPBR2PBR},
    {&TimingConfig::tXP, &TimingCycles::tXP},
    {&TimingConfig::tXS, &TimingCycles::tXS},
    {&TimingConfig::tCKE, &TimingCycles::tCKE},
};
constexpr std::pair<int TimingConfig::*, int TimingCycles::*> kCounts[] = {
    {&TimingConfig::burst, &TimingCycles::burst},
    {&TimingConfig::burst_long, &TimingCycles::burst_long},
    {&TimingConfig::tDQSS, &TimingCycles::tDQSS},
    {&TimingConfig::tCCD_S, &TimingCycles::tCCD_S},
    {&TimingConfig::tCCD_L, &TimingCycles::tCCD_L},
    {&TimingConfig::bus_turnaround, &TimingCycles::bus_turnaround},
    {&TimingConfig::tCS, &TimingCycles::tCS},
    {&TimingConfig::tAAD, &TimingCycles::tAAD},
    {&TimingConfig::wck_postamble, &TimingCycles::wck_postamble},
    {&TimingConfig::activate_cycles, &TimingCycles::activate_cycles},
    {&TimingConfig::access_cycles, &TimingCycles::access_cycles},
    {&TimingConfig::precharge_cycles, &TimingCycles::precharge_cycles},
    {&TimingConfig::refresh_cycles, &TimingCycles::refresh_cycles},
};

/// The texts live as long as the descriptors.
std::string_view with_unit(std::string_view doc, std::string_view unit) {
  static std::deque<std::string> texts;
  return texts.emplace_back(fmt::format("{}; {}", doc, unit));
}

bool is_interval(Timing TimingConfig::*timing) {
  return timing == &TimingConfig::tREFI || timing == &TimingConfig::tREFIpb;
}

}  // namespace

config::Spec in_cycles(std::string_view doc, double min, double max) {
  return {.doc = with_unit(doc, "in clock cycles"), .min = min, .max = max};
}

TimingCycles cycles_of(const TimingConfig& timing, double clock_hz, double bin_hz, Rounding least) {
  TimingCycles out;
  for (const auto& [time, cycles] : kTimes) {
    const Rounding rounding = is_interval(time) ? Rounding::down : least;
    out.*cycles = (timing.*time).at(clock_hz, bin_hz, rounding);
  }
  for (const auto& [count, cycles] : kCounts) out.*cycles = timing.*count;
  out.wck_sync = timing.wck_sync;
  out.from_last_cycle = timing.from_last_cycle;
  out.separate_buses = timing.separate_buses;
  if (out.tRPab == 0) out.tRPab = out.tRP;
  if (out.tRC == 0) out.tRC = out.tRAS + out.tRP;
  if (out.tPBR2PBR == 0) out.tPBR2PBR = out.tRREFD;
  out.tREFI = std::max(out.tREFI, 1);
  out.tREFIpb = std::max(out.tREFIpb, 1);
  return out;
}

const Record<TimingConfig>& describe(const TimingConfig*) {
  using C = TimingConfig;
  static const auto at_least_0 = [](std::string_view doc) {
    return config::Spec{.doc = with_unit(doc, kTimeUnit), .min = 0, .max = kMostCycles};
  };
  static const auto above_0 = [](std::string_view doc) {
    return config::Spec{.doc = with_unit(doc, kTimeUnit), .min = 1, .max = kMostCycles};
  };
  static const auto record =
      Record<C>("dram_timing", "Timings of the speed bin: times, or cycles of its clock")
          .field("burst", &C::burst, in_cycles("Data-bus cycles of one access", 1))
          .field("burst_long", &C::burst_long, in_cycles("LPDDR5 BL_n_max; 0: as burst", 0))
          .field("RL", &C::read_latency, above_0("Read latency"))
          .field("WL", &C::write_latency, above_0("Write latency"))
          .field("tDQSCK", &C::tDQSCK, at_least_0("Clock to read strobe"))
          .field("tDQSS", &C::tDQSS, in_cycles("Extra cycle before the first write beat (LPDDR4: 1)", 0))
          .field("tCCD_S", &C::tCCD_S, in_cycles("Access to access, other bank group", 1))
          .field("tCCD_L", &C::tCCD_L, in_cycles("Access to access, same bank group", 1))
          .field("tRCDRD", &C::tRCDRD, above_0("Activate to read"))
          .field("tRCDWR", &C::tRCDWR, above_0("Activate to write"))
          .field("tRP", &C::tRP, above_0("Precharge to activate"))
          .field("tRPab", &C::tRPab, at_least_0("All-bank precharge to activate; 0: as tRP"))
          .field("tRAS", &C::tRAS, above_0("Activate to precharge"))
          .field("tRC", &C::tRC, at_least_0("Activate to activate of one bank; 0: tRAS + tRP"))
          .field("tRRD_S", &C::tRRD_S, above_0("Activate to activate, other bank group"))
          .field("tRRD_L", &C::tRRD_L, above_0("Activate to activate, same bank group"))
          .field("tFAW", &C::tFAW, at_least_0("Window of four activates"))
          .field("tWR", &C::tWR, above_0("Write recovery"))
          .field("tWTR_S", &C::tWTR_S, above_0("Write to read, other bank group"))
          .field("tWTR_L", &C::tWTR_L, above_0("Write to read, same bank group"))
          .field("tRTP", &C::tRTP, above_0("Read to precharge"))
          .field("tRTW", &C::tRTW, at_least_0("Read to write; 0: RL + tDQSCK + burst + bus_turnaround - WL"))
          .field("bus_turnaround", &C::bus_turnaround,
                 in_cycles("Idle data-bus cycles from read to write", 0))
          .field("tCS", &C::tCS, in_cycles("Idle data-bus cycles between ranks", 0))
          .field("tPPD", &C::tPPD, at_least_0("Precharge to precharge"))
          .field("tAAD", &C::tAAD, in_cycles("LPDDR5: latest ACT-2 after ACT-1; 0: one-step activate", 0))
          .field("wck_postamble", &C::wck_postamble, in_cycles("LPDDR5: WCK stays in step after a burst", 0))
          .field("wck_sync", &C::wck_sync,
                 {.doc = "LPDDR5: an access with WCK idle needs a CAS command first"})
          .field("tREFI", &C::tREFI, above_0("All-bank refresh interval"))
          .field("tREFIpb", &C::tREFIpb, above_0("Per-bank refresh interval"))
          .field("tRFCab", &C::tRFCab, above_0("All-bank refresh time"))
          .field("tRFCpb", &C::tRFCpb, above_0("Per-bank refresh time"))
          .field("tRREFD", &C::tRREFD, above_0("Per-bank refresh to activate of another bank"))
          .field("tPBR2PBR", &C::tPBR2PBR, at_least_0("Per-bank refresh to the next; 0: tRREFD"))
          .field("tXP", &C::tXP, above_0("Power-down exit"))
          .field("tXS", &C::tXS, above_0("Self-refresh exit"))
          .field("tCKE", &C::tCKE, above_0("Least time in power-down"))
          .field("activate_cycles", &C::activate_cycles, in_cycles("Time of ACT on the command bus", 1, 8))
          .field("access_cycles", &C::access_cycles, in_cycles("Time of RD and WR on the command bus", 1, 8))
          .field("precharge_cycles", &C::precharge_cycles, in_cycles("Time of PRE on the command bus", 1, 8))
          .field("refresh_cycles", &C::refresh_cycles, in_cycles("Time of REF on the command bus", 1, 8))
          .field("from_last_cycle", &C::from_last_cycle,
                 {.doc = "Timings count from the last cycle of a multi-cycle command",
                  .source = "JESD235, JESD209-4"})
          .field("separate_buses", &C::separate_buses,
                 {.doc = "Row and column commands have buses of their own"})
          .check([](const C& c, Checker& check) {
            if (c.tCCD_S < c.burst) check.fail("tCCD_S", "is shorter than the burst; bursts would overlap");
            if (c.tCCD_L < c.tCCD_S) check.fail("tCCD_L", "must be at least tCCD_S");
          });
  return record;
}

}  // namespace kiln::dram
