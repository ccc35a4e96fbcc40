// SPDX-License-Identifier: MIT
// Descriptors of energy, reliability and of the whole DRAM configuration.
#include <fmt/core.h>

#include <algorithm>

#include "dram/dram_config.h"
#include "dram/refresh_rules.h"

namespace kiln::dram {

using base::Dimension;
using config::Checker;
using config::Record;

const Record<RailConfig>& describe(const RailConfig*) {
  using C = RailConfig;
  static const auto current = [](std::string_view doc) {
    return config::Spec{.doc = doc, .unit = Dimension::current, .min = 0, .max = 5};
  };
  static const auto record =
      Record<C>("dram_rail", "Currents of one supply rail of one device (JEDEC IDD definitions)")
          .field("name", &C::name, {.doc = "Rail"})
          .field(
              "voltage", &C::voltage_v,
              {.doc = "Supply", .unit = Dimension::voltage, .min = 0.1, .max = 5, .source = "JESD235: 1.2 V"})
          .field("IDD0", &C::idd0_a, current("One bank activate-precharge"))
          .field("IDD2N", &C::idd2n_a, current("Precharge standby"))
          .field("IDD2P", &C::idd2p_a, current("Precharge power-down"))
          .field("IDD3N", &C::idd3n_a, current("Active standby"))
          .field("IDD3P", &C::idd3p_a, current("Active power-down"))
          .field("IDD4R", &C::idd4r_a, current("Burst read"))
          .field("IDD4W", &C::idd4w_a, current("Burst write"))
          .field("IDD5B", &C::idd5b_a, current("All-bank refresh"))
          .field("IDD5PB", &C::idd5pb_a, current("Per-bank refresh"))
          .field("IDD6", &C::idd6_a, current("Self-refresh"))
          .field("io", &C::io, {.doc = "Burst energy of this rail is reported as I/O"});
  return record;
}

const Record<CommandEnergyConfig>& describe(const CommandEnergyConfig*) {
  using C = CommandEnergyConfig;
  static const auto energy = [](std::string_view doc) {
    return config::Spec{.doc = doc, .unit = Dimension::energy, .min = 0, .max = 1e-3};
  };
  static const auto per_bit = [](std::string_view doc) {
    return config::Spec{.doc = doc, .unit = Dimension::energy_per_bit, .min = 0, .max = 1e-9};
  };
  static const auto power = [](std::string_view doc) {
    return config::Spec{.doc = doc, .unit = Dimension::power, .min = 0, .max = 10};
  };
  static const auto record =
      Record<C>("dram_command_energy", "Energies by command for parts without public currents")
          .field("activate", &C::activate_j, energy("One activate-precharge pair"))
          .field("read", &C::read_j_per_bit, per_bit("Array and data path, read"))
          .field("write", &C::write_j_per_bit, per_bit("Array and data path, write"))
          .field("io", &C::io_j_per_bit, per_bit("Interface"))
          .field("refresh_all_bank", &C::refresh_ab_j, energy("One all-bank refresh"))
          .field("refresh_per_bank", &C::refresh_pb_j, energy("One per-bank refresh"))
          .field("active_standby", &C::active_standby_w, power("Some bank open"))
          .field("precharge_standby", &C::precharge_standby_w, power("All banks closed"))
          .field("power_down", &C::power_down_w, power("Power-down"))
          .field("self_refresh", &C::self_refresh_w, power("Self-refresh"));
  return record;
}

const Record<EnergyConfig>& describe(const EnergyConfig*) {
  using C = EnergyConfig;
  static const auto record =
      Record<C>("dram_currents", "Currents or energies of one pseudo-channel or rank")
          .field("devices", &C::devices, {.doc = "Devices in lockstep", .min = 1, .max = 64})
          .field("rails", &C::rails, {.doc = "Supply rails; empty: the energies of `command` are used"})
          .field("command", &C::command, {.doc = "Energies by command and state"});
  return record;
}

const Record<PhyConfig>& describe(const PhyConfig*) {
  using C = PhyConfig;
  static const auto record = Record<C>("dram_phy", "The chip's end of one channel: controller and PHY")
                                 .field("area", &C::area_m2,
                                        {.doc = "PHY of one channel",
                                         .unit = Dimension::area,
                                         .min = 0,
                                         .max = 1e-4,
                                         .source = "a memory on the chip itself has none"})
                                 .field("controller_transistors", &C::controller_transistors,
                                        {.doc = "Transistors of one channel's controller",
                                         .min = 0,
                                         .max = 2e9,
                                         .source = "a memory on the chip itself has none"})
                                 .field("energy", &C::energy_j_per_bit,
                                        {.doc = "Controller and PHY, per bit moved",
                                         .unit = Dimension::energy_per_bit,
                                         .min = 0,
                                         .max = 1e-9,
                                         .source = "a memory on the chip itself has none"})
                                 .field("standby", &C::standby_w,
                                        {.doc = "Power of one channel that is clocked and idle",
                                         .unit = Dimension::power,
                                         .min = 0,
                                         .max = 10,
                                         .source = "a memory on the chip itself has none"});
  return record;
}

const Record<EccConfig>& describe(const EccConfig*) {
  using C = EccConfig;
  static const auto record =
      Record<C>("dram_ecc", "Error correction and scrubbing")
          .field("kind", &C::kind, {.doc = "Where the check bits live"})
          .field("data_bits", &C::data_bits, {.doc = "Data bits of a code word", .min = 8, .max = 4096})
          .field("check_bits", &C::check_bits,
                 {.doc = "Check bits of a code word (SECDED 64+8)", .min = 1, .max = 256})
          .field("decode_cycles", &C::decode_cycles,
                 {.doc = "Added read latency in clock cycles", .min = 0, .max = 64})
          .field("decode_energy", &C::decode_j_per_bit,
                 {.doc = "Coder energy per data bit",
                  .unit = Dimension::energy_per_bit,
                  .min = 0,
                  .max = 1e-12,
                  .source = "estimate: a few gate delays of XOR trees at 7 nm"})
          .field("scrub_interval", &C::scrub_interval_s,
                 {.doc = "Period of a patrol scrub of the whole memory; 0 s: off",
                  .unit = Dimension::time,
                  .min = 0,
                  .max = 1e6,
                  .source = "off unless given; AMD PG456 scrubs all of the memory in 24 h by default"})
          .check([](const C& c, Checker& check) {
            if (c.check_bits >= c.data_bits) check.fail("check_bits", "must be fewer than data_bits");
          });
  return record;
}

const Record<EncryptionConfig>& describe(const EncryptionConfig*) {
  using C = EncryptionConfig;
  static const auto record =
      Record<C>("dram_encryption", "Inline AES-256 between controller and interface")
          .field("enabled", &C::enabled, {.doc = "Encrypt all traffic"})
          .field(
              "latency_cycles", &C::latency_cycles,
              {.doc = "Added latency", .min = 0, .max = 200, .source = "FIPS 197: 14 rounds, one per cycle"})
          .field("throughput", &C::throughput_bytes_per_s,
                 {.doc = "Engine throughput of a channel",
                  .unit = Dimension::bandwidth,
                  .min = 1e6,
                  .max = 1e13,
                  .source = "estimate: engines sized for the channel"})
          .field("energy_per_byte", &C::energy_j_per_byte,
                 {.doc = "Energy of one byte",
                  .unit = Dimension::energy,
                  .min = 0,
                  .max = 1e-9,
                  .source = "estimate: 0.5 pJ/bit"});
  return record;
}

const Record<RetentionConfig>& describe(const RetentionConfig*) {
  using C = RetentionConfig;
  static const auto record =
      Record<C>("dram_retention", "Retention failures by temperature and refresh interval")
          .field("reference_ber", &C::reference_ber,
                 {.doc = "Bit error rate at the reference point",
                  .min = 0,
                  .max = 1e-3,
                  .source = "RAIDR, ISCA 2012 (after Kim & Lee 2009): 30 cells of 32 GiB below 128 ms at 85 "
                            "degC; low"})
          .field(
              "reference_interval", &C::reference_interval_s,
              {.doc = "Refresh interval of the reference", .unit = Dimension::time, .min = 1e-3, .max = 100})
          .field(
              "reference_temperature", &C::reference_c,
              {.doc = "Temperature of the reference", .unit = Dimension::temperature, .min = -40, .max = 150})
          .field(
              "exponent", &C::exponent,
              {.doc = "Power of the interval", .min = 1, .max = 10, .source = "RAIDR 128 to 256 ms: 5; low"})
          .field("slope_per_c", &C::slope_per_c,
                 {.doc = "Exponent per degree",
                  .min = 0,
                  .max = 1,
                  .source = "REAPER, ISCA 2017: 0.20 to 0.26; medium"})
          .field("guaranteed_interval", &C::guaranteed_interval_s,
                 {.doc = "No failures up to this interval",
                  .unit = Dimension::time,
                  .min = 0,
                  .max = 100,
                  .source = "JESD79-4: 64 ms window up to 85 degC"})
          .field(
              "guaranteed_temperature", &C::guaranteed_c,
              {.doc = "and up to this temperature", .unit = Dimension::temperature, .min = -40, .max = 150})
          .renamed("window", "refresh.commands, which times timing.tREFI is that time");
  return record;
}

namespace {

/// Rules between timings, at the configured clock.
void check_timings(const DramConfig& c, Checker& check) {
  const TimingCycles t = cycles_at(c, c.clock_hz);
  if (t.tRRD_L < t.tRRD_S) check.fail("timing.tRRD_L", "must be at least tRRD_S");
  if (std::max(t.tPBR2PBR, t.tRREFD) > t.tREFIpb)
    check.fail("timing.tREFIpb", "is shorter than tPBR2PBR or tRREFD; per-bank refresh could not keep up");
  if (t.tRFCab >= t.tREFI) check.fail("timing.tRFCab", "must be shorter than tREFI");
}

}  // namespace

const Record<DramConfig>& describe(const DramConfig*) {
  using C = DramConfig;
  static const auto record =
      Record<C>("soc_dram", "DRAM part of a chip with its controller")
          .field("name", &C::name, {.doc = "Name of the part"})
          .field("standard", &C::standard, {.doc = "JEDEC standard"})
          .field("clock", &C::clock_hz,
                 {.doc = "Command clock CK",
                  .unit = Dimension::frequency,
                  .min = 1e7,
                  .max = 1e10,
                  .required = true})
          .field(
              "speed_bin", &C::speed_bin_hz,
              {.doc = "CK of the speed bin that the timings belong to; their nanoseconds hold at any clock. "
                      "Left out: as clock, so that timings in cycles are cycles of it",
               .unit = Dimension::frequency,
               .min = 1e7,
               .max = 1e10})
          .field("organisation", &C::organisation, {.doc = "Banks and mapping", .required = true})
          .field("timing", &C::timing, {.doc = "Timings of the speed bin", .required = true})
          .field("controller", &C::controller, {.doc = "Queues and policies"})
          .field("refresh", &C::refresh, {.doc = "Refresh"})
          .field("power_states", &C::power_states, {.doc = "Power-down and self-refresh"})
          .field("energy", &C::energy, {.doc = "Energy"})
          .field("phy", &C::phy, {.doc = "The chip's end of a channel"})
          .field("ecc", &C::ecc, {.doc = "Error correction"})
          .field("encryption", &C::encryption, {.doc = "Inline encryption"})
          .field("retention", &C::retention, {.doc = "Retention failures"})
          .alone("run_ends", "nothing: a chip has no end of requests, `kiln dram` alone has one")
          .check([](const C& c, Checker& check) {
            if (c.standard == Standard::ddr4 && c.refresh.policy == RefreshPolicy::per_bank)
              check.fail("refresh", "DDR4 has no per-bank refresh (JESD79-4); take policy all_bank");
          })
          .check([](const C& c, Checker& check) {
            if (c.controller.arbitration == Arbitration::round_robin && c.timing.tAAD > 0)
              check.fail("controller",
                         "arbitration round_robin (DRAMsim3) knows no two-step activate; take another "
                         "arbitration, or "
                         "timing.tAAD 0");
          })
          .check(check_timings)
          .check([](const C& c, Checker& check) {
            // What higher rates ask for is known where temperatures are.
            if (const std::string why = refresh_problem(c, c.clock_hz, c.refresh.rate); !why.empty())
              check.fail("timing", why);
          })
          .check([](const C& c, Checker& check) {
            if (scrub_share(c) >= 1)
              check.fail("ecc",
                         fmt::format("a patrol scrub every {} s needs {:.3g} times the peak bandwidth of a "
                                     "channel; take a longer scrub_interval",
                                     c.ecc.scrub_interval_s, scrub_share(c)));
          });
  return record;
}

const Record<StandaloneConfig>& describe(const StandaloneConfig*) {
  static const auto record =
      Record<StandaloneConfig>("dram", "DRAM part with its controller, alone")
          .extends(describe(static_cast<const DramConfig*>(nullptr)))
          .field("run_ends", &StandaloneConfig::run_ends,
                 {.doc = "End of a run of `kiln dram`: drained (data of all requests moved) or completed "
                         "(all reported complete; queued writes stay out of time, counts and energy)"});
  return record;
}

TimingCycles cycles_at(const DramConfig& c, double clock_hz) {
  const Rounding least = c.standard == Standard::ddr4 ? Rounding::up_ddr4 : Rounding::up;
  return cycles_of(c.timing, clock_hz, bin_hz(c), least);
}

double peak_bytes_per_second(const DramConfig& c, double clock_hz) {
  return clock_hz / c.timing.burst * c.organisation.access_bytes * c.organisation.pseudo_channels;
}

double inline_share(const EccConfig& ecc) {
  return ecc.kind == EccKind::inline_code ? static_cast<double>(ecc.check_bits) / ecc.data_bits : 0;
}

bool controller_scrubs(const EccConfig& ecc) {
  return ecc.scrub_interval_s > 0 && (ecc.kind == EccKind::side_band || ecc.kind == EccKind::inline_code);
}

double scrub_share(const DramConfig& c) {
  if (!controller_scrubs(c.ecc)) return 0;
  return static_cast<double>(channel_bytes(c)) /
         (c.ecc.scrub_interval_s * peak_bytes_per_second(c, c.clock_hz));
}

std::uint64_t channel_bytes(const DramConfig& c) {
  const OrganisationConfig& o = c.organisation;
  const auto access = static_cast<std::uint64_t>(o.access_bytes);
  const std::uint64_t accesses =
      static_cast<std::uint64_t>(o.pseudo_channels) * static_cast<std::uint64_t>(o.ranks) *
      static_cast<std::uint64_t>(o.bank_groups) * static_cast<std::uint64_t>(o.banks_per_group) *
      static_cast<std::uint64_t>(o.rows) * static_cast<std::uint64_t>(o.columns);
  if (c.ecc.kind != EccKind::inline_code) return accesses * access;
  const auto data = static_cast<std::uint64_t>(c.ecc.data_bits),
             check = static_cast<std::uint64_t>(c.ecc.check_bits);
  return accesses * data / (data + check) * access;
}

}  // namespace kiln::dram
