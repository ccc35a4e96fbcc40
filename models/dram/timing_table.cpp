// SPDX-License-Identifier: MIT
#include "dram/timing_table.h"

#include <algorithm>
#include <cmath>

#include "dram/dram_config.h"

namespace kiln::dram {

namespace {

/// Aligned, one sequence walks over the banks of all pseudo-channels and ranks in turn.
Cycle bank_pace(const DramConfig& config, Cycle interval) {
  const OrganisationConfig& o = config.organisation;
  const bool spread = config.refresh.start == RefreshStart::spread;
  return std::max<Cycle>(interval / (spread ? 1 : o.pseudo_channels * o.ranks), 1);
}

/// Per-bank refreshes follow one another no faster than tPBR2PBR. At four times the rate those of a dense
/// part would have to (16 Gb of LPDDR4: 122 ns against 190 ns); REFab does the work of eight REFpb and may
/// take their place at any time (JESD209-4, Refresh command).
RefreshPolicy policy_in_force(const DramConfig& config, const TimingTable& timing) {
  const RefreshPolicy asked = config.refresh.policy;
  const bool too_fast = timing.refresh_bank_to_refresh_bank > timing.refresh_bank_pace;
  return asked == RefreshPolicy::per_bank && too_fast ? RefreshPolicy::all_bank : asked;
}

}  // namespace

TimingTable resolve(const DramConfig& config, double clock_hz, double refresh_rate) {
  const TimingCycles t = cycles_at(config, clock_hz);
  const Cycle act = t.activate_cycles, cas = t.access_cycles, pre = t.precharge_cycles,
              ref = t.refresh_cycles;
  const auto from = [&](Cycle gap, Cycle first, Cycle second) {
    return std::max<Cycle>(t.from_last_cycle ? gap + first - second : gap, 1);
  };
  TimingTable g{};
  const Cycle rl = t.read_latency, wl = t.write_latency, dqsck = t.tDQSCK;
  const Cycle burst_long = t.burst_long > 0 ? t.burst_long : t.burst;
  const Cycle rp = t.tRP, rpab = t.tRPab;
  const Cycle write_end = wl + t.tDQSS + t.burst;
  g.burst = t.burst;
  g.act_to_read = from(t.tRCDRD, act, cas);
  g.act_to_write = from(t.tRCDWR, act, cas);
  g.act_to_pre = from(t.tRAS, act, pre);
  g.act_to_act_bank = t.tRC;
  g.act_to_act_group = std::max<Cycle>(t.tRRD_L, act);
  g.act_to_act = std::max<Cycle>(t.tRRD_S, act);
  g.four_activates = t.tFAW;
  g.read_to_read_group = g.write_to_write_group = t.tCCD_L;
  g.read_to_read = g.write_to_write = t.tCCD_S;
  if (config.encryption
          .enabled) {  // the cipher engines of a channel set the pace when they are slower than its bus
    const double bytes =
        static_cast<double>(config.organisation.access_bytes) * config.organisation.pseudo_channels;
    const auto pace =
        static_cast<Cycle>(std::ceil(bytes * clock_hz / config.encryption.throughput_bytes_per_s - 1e-9));
    for (Cycle* gap : {&g.read_to_read, &g.write_to_write, &g.read_to_read_group, &g.write_to_write_group})
      *gap = std::max(*gap, pace);
  }
  g.read_to_write =
      t.tRTW > 0 ? t.tRTW : std::max<Cycle>(rl + dqsck + t.burst + t.bus_turnaround - wl, t.burst);
  g.write_to_read_group = wl + t.tDQSS + burst_long + t.tWTR_L;
  g.write_to_read = write_end + t.tWTR_S;
  g.other_rank_read_to_read = g.other_rank_write_to_write = t.burst + t.tCS;
  g.other_rank_read_to_write = std::max<Cycle>(rl + dqsck + t.burst + t.tCS - wl, 1);
  g.other_rank_write_to_read = std::max<Cycle>(write_end + t.tCS - rl, 1);
  g.read_to_pre = from(t.tRTP, cas, pre);
  g.write_to_pre = from(write_end + t.tWR, cas, pre);
  g.pre_to_act = from(rp, pre, act);
  g.pre_all_to_act = from(rpab, pre, act);
  g.pre_to_pre = t.tPPD;  // that there is one command bus is CommandBuses' to know
  g.pre_to_refresh = from(rp, pre, ref);
  g.pre_all_to_refresh = from(rpab, pre, ref);
  g.act_to_refresh = from(t.tRC, act, ref);
  g.act_to_refresh_bank_other = from(t.tRRD_S, act, ref);
  g.refresh_to_act = from(t.tRFCab, ref, act);
  g.refresh_bank_to_act = from(t.tRFCpb, ref, act);
  g.refresh_bank_to_other_act = from(t.tRREFD, ref, act);
  g.refresh_bank_to_refresh_bank = t.tPBR2PBR;
  g.read_data_end = cas - 1 + rl + dqsck + t.burst;
  g.write_data_end = cas - 1 + write_end;
  const auto interval = [&](int cycles) { return static_cast<Cycle>(std::floor(cycles / refresh_rate)); };
  g.refresh_interval = std::max(interval(t.tREFI), g.refresh_to_act + 1);
  g.refresh_bank_interval = std::max<Cycle>(interval(t.tREFIpb), 1);
  g.refresh_bank_pace = bank_pace(config, g.refresh_bank_interval);
  g.refresh_policy = policy_in_force(config, g);
  g.power_down_exit = t.tXP;
  g.self_refresh_exit = t.tXS;
  g.least_power_down = t.tCKE;
  g.activate_length = act;
  g.access_length = cas;
  g.precharge_length = pre;
  g.refresh_length = ref;
  g.activate_deadline = t.tAAD;
  g.wck_after_read = rl + t.burst + t.wck_postamble;
  g.wck_after_write = wl + t.burst + t.wck_postamble;
  return g;
}

}  // namespace kiln::dram
