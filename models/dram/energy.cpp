// SPDX-License-Identifier: MIT
#include "dram/energy.h"

#include <algorithm>

#include "dram/dram_config.h"
#include "dram/timing_table.h"

namespace kiln::dram {

namespace {

constexpr double kPicojoules = 1e12;

/// Energy per command (J) and power per state (W) of one pseudo-channel or rank.
struct UnitEnergies {
  double activate = 0, read = 0, write = 0, io_read = 0, io_write = 0, refresh_all = 0, refresh_bank = 0;
  double active = 0, precharged = 0, power_down = 0, self_refresh = 0;
};

UnitEnergies from_rails(const DramConfig& c) {
  const double bin =
      bin_hz(c);  // where currents were measured: at another clock a burst moves as much charge
  const TimingCycles t = cycles_at(c, bin);
  const double cycle = 1.0 / bin;
  UnitEnergies unit;
  for (const RailConfig& rail : c.energy.rails) {
    const double volts = rail.voltage_v * c.energy.devices;
    const double pair = rail.idd0_a * t.tRC - rail.idd3n_a * t.tRAS - rail.idd2n_a * t.tRP;
    unit.activate += volts * std::max(pair, 0.0) * cycle;
    (rail.io ? unit.io_read : unit.read) +=
        volts * std::max(rail.idd4r_a - rail.idd3n_a, 0.0) * t.burst * cycle;
    (rail.io ? unit.io_write : unit.write) +=
        volts * std::max(rail.idd4w_a - rail.idd3n_a, 0.0) * t.burst * cycle;
    unit.refresh_all += volts * std::max(rail.idd5b_a - rail.idd3n_a, 0.0) * t.tRFCab * cycle;
    unit.refresh_bank += volts * std::max(rail.idd5pb_a - rail.idd3n_a, 0.0) * t.tRFCpb * cycle;
    unit.active += volts * rail.idd3n_a;
    unit.precharged += volts * rail.idd2n_a;
    unit.power_down += volts * rail.idd2p_a;
    unit.self_refresh += volts * rail.idd6_a;
  }
  return unit;
}

/// A bank refreshed alone restores its share of what all banks restore, so that is the least it takes.
/// Estimate, in force where IDD5PB is not given, or near IDD3N as an average over the interval would be.
void bound_bank_refresh(UnitEnergies& unit, const OrganisationConfig& o) {
  unit.refresh_bank = std::max(unit.refresh_bank, unit.refresh_all / (o.bank_groups * o.banks_per_group));
}

UnitEnergies from_commands(const DramConfig& c) {
  const CommandEnergyConfig& e = c.energy.command;
  const double bits = 8.0 * c.organisation.access_bytes;
  return {.activate = e.activate_j,
          .read = e.read_j_per_bit * bits,
          .write = e.write_j_per_bit * bits,
          .io_read = e.io_j_per_bit * bits,
          .io_write = e.io_j_per_bit * bits,
          .refresh_all = e.refresh_ab_j,
          .refresh_bank = e.refresh_pb_j,
          .active = e.active_standby_w,
          .precharged = e.precharge_standby_w,
          .power_down = e.power_down_w,
          .self_refresh = e.self_refresh_w};
}

/// Coder, check bits and scrubbing; `data_pj` is what the users' accesses took. Activates of patrol reads are
/// counted with all others.
double ecc_energy(const DramConfig& config, const UnitEnergies& unit, const CommandCounts& n, double data_pj,
                  double seconds) {
  const EccConfig& ecc = config.ecc;
  if (ecc.kind == EccKind::none) return 0;
  const double access_bits = 8.0 * config.organisation.access_bytes;
  const double scrubs = static_cast<double>(n.scrub_reads + n.scrub_writes);
  const double coded = static_cast<double>(n.bytes_read + n.bytes_written) * 8 + scrubs * access_bits;
  const double scrubbed = static_cast<double>(n.scrub_reads) * (unit.read + unit.io_read) +
                          static_cast<double>(n.scrub_writes) * (unit.write + unit.io_write);
  double pj = (coded * ecc.decode_j_per_bit + scrubbed) * kPicojoules;
  if (ecc.kind == EccKind::on_die) {  // the device reads and writes back each word: JESD79-5 ECS
    if (ecc.scrub_interval_s == 0) return pj;
    const double passes = seconds / ecc.scrub_interval_s;
    const double accesses = static_cast<double>(channel_bytes(config)) / config.organisation.access_bytes;
    return pj + passes * accesses * (unit.activate + unit.read + unit.write) * kPicojoules;
  }
  // Check bits outside the array's own code are read, written and driven like data.
  return pj + (data_pj + scrubbed * kPicojoules) * ecc.check_bits / ecc.data_bits;
}

}  // namespace

CommandCounts& CommandCounts::operator+=(const CommandCounts& o) {
  activates += o.activates;
  precharges += o.precharges;
  precharges_all += o.precharges_all;
  reads += o.reads;
  writes += o.writes;
  refreshes_all_bank += o.refreshes_all_bank;
  refreshes_per_bank += o.refreshes_per_bank;
  power_down_entries += o.power_down_entries;
  self_refresh_entries += o.self_refresh_entries;
  check_accesses += o.check_accesses;
  scrub_reads += o.scrub_reads;
  scrub_writes += o.scrub_writes;
  row_hits += o.row_hits;
  bytes_read += o.bytes_read;
  bytes_written += o.bytes_written;
  active_standby_s += o.active_standby_s;
  precharge_standby_s += o.precharge_standby_s;
  power_down_s += o.power_down_s;
  self_refresh_s += o.self_refresh_s;
  return *this;
}

CommandCounts CommandCounts::operator-(const CommandCounts& o) const {
  CommandCounts d = *this;
  d.activates -= o.activates;
  d.precharges -= o.precharges;
  d.precharges_all -= o.precharges_all;
  d.reads -= o.reads;
  d.writes -= o.writes;
  d.refreshes_all_bank -= o.refreshes_all_bank;
  d.refreshes_per_bank -= o.refreshes_per_bank;
  d.power_down_entries -= o.power_down_entries;
  d.self_refresh_entries -= o.self_refresh_entries;
  d.check_accesses -= o.check_accesses;
  d.scrub_reads -= o.scrub_reads;
  d.scrub_writes -= o.scrub_writes;
  d.row_hits -= o.row_hits;
  d.bytes_read -= o.bytes_read;
  d.bytes_written -= o.bytes_written;
  d.active_standby_s -= o.active_standby_s;
  d.precharge_standby_s -= o.precharge_standby_s;
  d.power_down_s -= o.power_down_s;
  d.self_refresh_s -= o.self_refresh_s;
  return d;
}

double EnergyPj::total() const {
  return activate + read + write + refresh + background_active + background_precharge + power_down + io +
         ecc + encryption;
}

bool energy_known(const EnergyConfig& energy) {
  const CommandEnergyConfig& c = energy.command;
  return !energy.rails.empty() || c.activate_j > 0 || c.read_j_per_bit > 0 || c.write_j_per_bit > 0 ||
         c.io_j_per_bit > 0 || c.refresh_ab_j > 0 || c.refresh_pb_j > 0 || c.active_standby_w > 0 ||
         c.precharge_standby_w > 0 || c.power_down_w > 0 || c.self_refresh_w > 0;
}

EnergyPj energy(const DramConfig& config, const CommandCounts& n, double seconds) {
  UnitEnergies unit = config.energy.rails.empty() ? from_commands(config) : from_rails(config);
  bound_bank_refresh(unit, config.organisation);
  const double units = config.organisation.pseudo_channels * config.organisation.ranks;
  const double reads = static_cast<double>(n.reads), writes = static_cast<double>(n.writes);
  const double closed =
      std::max(seconds * units - n.active_standby_s - n.power_down_s - n.self_refresh_s, 0.0);
  const double bytes = static_cast<double>(n.bytes_read + n.bytes_written);
  EnergyPj e;
  e.activate = static_cast<double>(n.activates) * unit.activate * kPicojoules;
  e.read = reads * unit.read * kPicojoules;
  e.write = writes * unit.write * kPicojoules;
  e.io = (reads * unit.io_read + writes * unit.io_write) * kPicojoules;
  e.refresh = (static_cast<double>(n.refreshes_all_bank) * unit.refresh_all +
               static_cast<double>(n.refreshes_per_bank) * unit.refresh_bank) *
              kPicojoules;
  e.background_active = n.active_standby_s * unit.active * kPicojoules;
  e.background_precharge = closed * unit.precharged * kPicojoules;
  e.power_down = (n.power_down_s * unit.power_down + n.self_refresh_s * unit.self_refresh) * kPicojoules;
  e.ecc = ecc_energy(config, unit, n, e.read + e.write + e.io, seconds);
  if (config.encryption.enabled) e.encryption = bytes * config.encryption.energy_j_per_byte * kPicojoules;
  return e;
}

double refresh_w(const DramConfig& config, double refresh_rate) {
  if (config.refresh.policy == RefreshPolicy::none) return 0;
  const TimingTable timing = resolve(config, config.clock_hz, refresh_rate);
  const bool per_bank = timing.refresh_policy == RefreshPolicy::per_bank;
  const Cycle interval = per_bank ? timing.refresh_bank_interval : timing.refresh_interval;
  CommandCounts one;  // of each rank or pseudo-channel in an interval
  (per_bank ? one.refreshes_per_bank : one.refreshes_all_bank) = 1;
  const double units = config.organisation.pseudo_channels * config.organisation.ranks;
  return units * energy(config, one, 0).refresh / kPicojoules /
         (static_cast<double>(interval) / config.clock_hz);
}

}  // namespace kiln::dram
