// SPDX-License-Identifier: MIT
#include "sram/sram_config.h"

namespace kiln::sram {

using base::Dimension;

std::span<const config::EnumName<Ports>> enum_names(const Ports*) {
  static constexpr config::EnumName<Ports> kNames[] = {
      {Ports::single, "single"}, {Ports::read_write, "read_write"}, {Ports::dual, "dual"}};
  return kNames;
}

std::span<const config::EnumName<Ecc>> enum_names(const Ecc*) {
  static constexpr config::EnumName<Ecc> kNames[] = {{Ecc::none, "none"}, {Ecc::secded, "secded"}};
  return kNames;
}

const config::Record<ReliabilityConfig>& describe(const ReliabilityConfig*) {
  static const auto record =
      config::Record<ReliabilityConfig>("sram_reliability",
                                        "Bit errors of SRAM cells against voltage and temperature")
          .field("nominal_voltage", &ReliabilityConfig::nominal_voltage_v,
                 {.doc = "Voltage the soft-error rate is given at",
                  .unit = Dimension::voltage,
                  .min = 0.3,
                  .max = 2,
                  .source = "estimate: 16 nm class"})
          .field("soft_error_fit_per_mbit", &ReliabilityConfig::soft_error_fit_per_mbit,
                 {.doc = "Upsets per 1e9 hours and Mbit at sea level",
                  .min = 0,
                  .max = 1e6,
                  .source = "Baumann, IEEE TDMR 5(3) 2005: order of 1000 before FinFETs; estimate here"})
          .field(
              "soft_error_voltage_slope", &ReliabilityConfig::soft_error_voltage_slope_v,
              {.doc = "Voltage drop that multiplies the soft-error rate by e",
               .unit = Dimension::voltage,
               .min = 0.01,
               .max = 10,
               .source = "estimate, after Hazucha and Svensson, IEEE TNS 47(6) 2000: rate ~ exp(-Qcrit/Qs)"})
          .field("hold_voltage_mean", &ReliabilityConfig::hold_voltage_mean_v,
                 {.doc = "Mean data-retention voltage of a cell at 25 degC",
                  .unit = Dimension::voltage,
                  .min = 0,
                  .max = 1,
                  .source = "Qin et al., ISQED 2004: 80 to 250 mV in 130 nm; estimate here"})
          .field("hold_voltage_sigma", &ReliabilityConfig::hold_voltage_sigma_v,
                 {.doc = "Its spread over cells",
                  .unit = Dimension::voltage,
                  .min = 0.001,
                  .max = 0.5,
                  .source = "Qin et al., ISQED 2004; estimate here"})
          .field("hold_voltage_v_per_k", &ReliabilityConfig::hold_voltage_v_per_k,
                 {.doc = "Rise of the retention voltage in V per K",
                  .min = 0,
                  .max = 0.01,
                  .source = "Qin et al., ISQED 2004: about 0.17 mV/K"})
          .field("access_voltage_mean", &ReliabilityConfig::access_voltage_mean_v,
                 {.doc = "Mean voltage below which a cell cannot be read or written in time",
                  .unit = Dimension::voltage,
                  .min = 0,
                  .max = 1.5,
                  .source = "estimate"})
          .field("access_voltage_sigma", &ReliabilityConfig::access_voltage_sigma_v,
                 {.doc = "Its spread over cells",
                  .unit = Dimension::voltage,
                  .min = 0.001,
                  .max = 0.5,
                  .source = "estimate: 1e-3 of the cells fail near 0.54 V, 1e-9 near 0.67 V"});
  return record;
}

const config::Record<SramConfig>& describe(const SramConfig*) {
  static const auto record =
      config::Record<SramConfig>("sram", "Banked on-chip SRAM")
          .field("capacity", &SramConfig::capacity_bytes,
                 {.doc = "Data capacity, check bits apart",
                  .unit = Dimension::bytes,
                  .min = 64,
                  .max = 1 << 30,
                  .source = "estimate: common edge local buffer"})
          .field("banks", &SramConfig::banks,
                 {.doc = "Banks that work at once", .min = 1, .max = 1024, .source = "estimate"})
          .field("width", &SramConfig::width_bytes,
                 {.doc = "Bytes of one access to one bank",
                  .min = 1,
                  .max = 1024,
                  .source = "estimate: 128 bit macro"})
          .field("interleave", &SramConfig::interleave_bytes,
                 {.doc = "Consecutive bytes in one bank before the next",
                  .unit = Dimension::bytes,
                  .min = 1,
                  .max = 1 << 24,
                  .source = "estimate: one access, so that streams use all banks"})
          .field("ports", &SramConfig::ports, {.doc = "single, read_write or dual"})
          .field("latency", &SramConfig::latency_cycles,
                 {.doc = "Cycles from request to first data",
                  .min = 1,
                  .max = 100,
                  .source = "estimate: bank and mux"})
          .field("ecc", &SramConfig::ecc, {.doc = "none or secded"})
          .field("ecc_word", &SramConfig::ecc_word_bytes,
                 {.doc = "Data bytes one code word protects",
                  .min = 1,
                  .max = 64,
                  .source = "Hsiao 1970: (72, 64) is the usual choice"})
          .field("reliability", &SramConfig::reliability, {.doc = "How the cells fail"})
          .renamed("clock", "'operating_points' of the chip, which clock its SRAM")
          .check([](const SramConfig& c, config::Checker& check) {
            if (c.interleave_bytes % static_cast<std::uint64_t>(c.width_bytes) != 0)
              check.fail("interleave", "must be a multiple of width");
            if (c.capacity_bytes < static_cast<std::uint64_t>(c.banks) * c.interleave_bytes)
              check.fail("capacity", "is less than one interleave unit per bank");
          });
  return record;
}

}  // namespace kiln::sram
