// SPDX-License-Identifier: MIT
// An on-chip SRAM: its banks, its protection, and how its cells fail.
#pragma once

#include <cstdint>
#include <span>

#include "config/record.h"

namespace kiln::sram {

enum class Ports {
  single,      ///< one access per bank and cycle
  read_write,  ///< one read and one write
  dual         ///< two of any kind
};
enum class Ecc { none, secded };

/// Bit errors against voltage and temperature.
struct ReliabilityConfig {
  double nominal_voltage_v = 0.8;
  double soft_error_fit_per_mbit = 700;
  double soft_error_voltage_slope_v = 0.35;
  double hold_voltage_mean_v = 0.13;
  double hold_voltage_sigma_v = 0.03;
  double hold_voltage_v_per_k = 0.00017;
  double access_voltage_mean_v = 0.4;
  double access_voltage_sigma_v = 0.045;
};

struct SramConfig {
  std::uint64_t capacity_bytes = 262'144;
  int banks = 8;
  int width_bytes = 16;
  std::uint64_t interleave_bytes = 16;
  Ports ports = Ports::single;
  double clock_hz = 800e6;  ///< until an operating point sets it
  int latency_cycles = 2;
  Ecc ecc = Ecc::none;
  int ecc_word_bytes = 8;
  ReliabilityConfig reliability;
};

std::span<const config::EnumName<Ports>> enum_names(const Ports*);
std::span<const config::EnumName<Ecc>> enum_names(const Ecc*);
const config::Record<ReliabilityConfig>& describe(const ReliabilityConfig*);
const config::Record<SramConfig>& describe(const SramConfig*);

}  // namespace kiln::sram
