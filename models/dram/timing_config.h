// SPDX-License-Identifier: MIT
// The timings of a DRAM: as facts of its speed bin, and as whole cycles of a clock.
#pragma once

#include "config/record.h"
#include "dram/timing.h"

namespace kiln::dram {

/// `T` is a time at any clock; what is `int` is a number of cycles at any clock (JEDEC's nCK).
template <class T>
struct Timings {
  int burst = 2;       ///< data-bus cycles of one access (BL_n_min of LPDDR5)
  int burst_long = 0;  ///< LPDDR5 BL_n_max, used for same-group write to read; 0: as burst
  T read_latency = 14;
  T write_latency = 5;
  T tDQSCK = 0;
  int tDQSS = 0;  ///< extra cycle of LPDDR4 between WL and the first write beat
  int tCCD_S = 2;
  int tCCD_L = 4;
  T tRCDRD = 14;
  T tRCDWR = 14;
  T tRP = 14;
  T tRPab = 0;  ///< 0: as tRP
  T tRAS = 34;
  T tRC = 48;  ///< 0: tRAS + tRP
  T tRRD_S = 4;
  T tRRD_L = 4;
  T tFAW = 16;
  T tWR = 16;
  T tWTR_S = 6;
  T tWTR_L = 8;
  T tRTP = 5;
  T tRTW = 0;              ///< 0: derived from RL, burst, bus gap and WL
  int bus_turnaround = 2;  ///< idle data-bus cycles from read to write
  int tCS = 2;             ///< idle data-bus cycles between ranks
  T tPPD = 0;
  int tAAD = 0;           ///< LPDDR5: latest ACT-2 after ACT-1; 0: one-step activate
  int wck_postamble = 0;  ///< LPDDR5: WCK stays in step this long after a burst
  bool wck_sync = false;  ///< LPDDR5: an access with WCK idle needs a CAS command first
  T tREFI = 3900;
  T tREFIpb = 244;
  T tRFCab = 350;
  T tRFCpb = 160;
  T tRREFD = 8;    ///< per-bank refresh to ACT of another bank
  T tPBR2PBR = 0;  ///< per-bank refresh to the next; 0: tRREFD
  T tXP = 8;
  T tXS = 360;
  T tCKE = 8;
  int activate_cycles = 1;  ///< command-bus cycles
  int access_cycles = 1;
  int precharge_cycles = 1;
  int refresh_cycles = 1;
  bool from_last_cycle = true;  ///< JEDEC counts from the last cycle of a command
  bool separate_buses = false;  ///< HBM: row and column commands on buses of their own
};
using TimingConfig = Timings<Timing>;  ///< facts of the speed bin
using TimingCycles = Timings<int>;     ///< of one clock

const config::Record<TimingConfig>& describe(const TimingConfig*);

/// A whole number of clock cycles, which its text says.
config::Spec in_cycles(std::string_view doc, double min, double max = 1e6);

/// Nothing left out: tRPab, tRC and tPBR2PBR have a number. Intervals between refreshes are rounded down, all
/// else up.
TimingCycles cycles_of(const TimingConfig&, double clock_hz, double bin_hz, Rounding least);

}  // namespace kiln::dram
