// SPDX-License-Identifier: MIT
// Command counts and the one formula that turns them into energy.
//
// Currents: ACT/PRE pair = sum over rails of V (IDD0 tRC - IDD3N tRAS - IDD2N tRP); burst = V (IDD4 - IDD3N)
// t; refresh = V (IDD5 - IDD3N) tRFC, of one bank at least its share of all; background by state (Micron
// TN-40-07; the method of DRAMsim3 and DRAMPower).
#pragma once

#include <cstdint>

namespace kiln::dram {

struct DramConfig;
struct EnergyConfig;

/// What a channel did. State times are sums over its pseudo-channels and ranks.
struct CommandCounts {
  std::uint64_t activates = 0;
  std::uint64_t precharges = 0;      ///< of one bank
  std::uint64_t precharges_all = 0;  ///< PREab commands
  std::uint64_t reads = 0;
  std::uint64_t writes = 0;
  std::uint64_t refreshes_all_bank = 0;
  std::uint64_t refreshes_per_bank = 0;
  std::uint64_t power_down_entries = 0;
  std::uint64_t self_refresh_entries = 0;
  /// Column accesses for the check bits of inline ECC; not in reads and writes.
  std::uint64_t check_accesses = 0;
  std::uint64_t scrub_reads = 0;   ///< accesses of patrol scrubbing, not in reads and writes
  std::uint64_t scrub_writes = 0;  ///< what it wrote back
  std::uint64_t row_hits = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_written = 0;
  double active_standby_s = 0;  ///< some bank open
  /// All banks closed. The engines fill it in for the time of their counts.
  double precharge_standby_s = 0;
  double power_down_s = 0;
  double self_refresh_s = 0;

  /// Column accesses of users and of patrol scrubbing.
  std::uint64_t accesses() const { return reads + writes + scrub_reads + scrub_writes; }
  CommandCounts& operator+=(const CommandCounts& other);
  CommandCounts operator-(const CommandCounts& earlier) const;
};

/// Picojoules by command and state.
struct EnergyPj {
  double activate = 0;
  double read = 0;
  double write = 0;
  double refresh = 0;
  double background_active = 0;
  double background_precharge = 0;
  double power_down = 0;  ///< power-down and self-refresh
  double io = 0;
  double ecc = 0;
  double encryption = 0;
  double total() const;
};

/// Any current or energy is given; without one all energies come out as 0.
bool energy_known(const EnergyConfig& energy);

/// Energy of `counts` collected in `seconds`. Time that is in no counted state is precharge standby.
EnergyPj energy(const DramConfig& config, const CommandCounts& counts, double seconds);

/// What refreshes take of a channel that is awake, W, at a rate in refreshes per tREFI.
double refresh_w(const DramConfig& config, double refresh_rate);

}  // namespace kiln::dram
