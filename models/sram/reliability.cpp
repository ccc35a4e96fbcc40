// SPDX-License-Identifier: MIT
#include "sram/reliability.h"

#include <algorithm>
#include <cmath>

#include "base/coding.h"

namespace kiln::sram {
namespace {

constexpr double kSecondsPerFitHour = 1e9 * 3600;
constexpr double kBitsPerMbit = 1024.0 * 1024.0;
constexpr double kReferenceC = 25;

double normal_tail(double z) {
  return 0.5 * std::erfc(z / std::sqrt(2.0));
}

}  // namespace

int secded_check_bits(int data_bits) {
  int r = 1;
  while ((1 << r) < data_bits + r + 1) ++r;
  return r + 1;
}

double storage_factor(const SramConfig& config) {
  if (config.ecc == Ecc::none) return 1;
  const int data = 8 * config.ecc_word_bytes;
  return static_cast<double>(data + secded_check_bits(data)) / data;
}

BitErrorRates bit_error_rates(const ReliabilityConfig& c, double voltage_v, double temperature_c) {
  BitErrorRates rates;
  const double upsets = c.soft_error_fit_per_mbit / kSecondsPerFitHour / kBitsPerMbit;
  rates.soft_per_bit_s = upsets * std::exp((c.nominal_voltage_v - voltage_v) / c.soft_error_voltage_slope_v);
  const double hold_mean = c.hold_voltage_mean_v + c.hold_voltage_v_per_k * (temperature_c - kReferenceC);
  rates.hold = normal_tail((voltage_v - hold_mean) / c.hold_voltage_sigma_v);
  rates.access = normal_tail((voltage_v - c.access_voltage_mean_v) / c.access_voltage_sigma_v);
  return rates;
}

BufferErrors buffer_errors(const SramConfig& config, std::uint64_t bytes, double hold_s, double voltage_v,
                           double temperature_c) {
  const BitErrorRates rates = bit_error_rates(config.reliability, voltage_v, temperature_c);
  const double upset = -std::expm1(-rates.soft_per_bit_s * hold_s);
  BufferErrors errors;
  // A cell that lost its value is wrong in half of the cases.
  errors.raw_bit_error = std::min(0.5, upset + 0.5 * (rates.hold + rates.access));
  const int data = 8 * config.ecc_word_bytes;
  errors.residual_bit_error =
      config.ecc == Ecc::secded
          ? base::after_single_correction(errors.raw_bit_error, data + secded_check_bits(data))
          : errors.raw_bit_error;
  errors.expected_flips = errors.residual_bit_error * 8 * static_cast<double>(bytes);
  return errors;
}

}  // namespace kiln::sram
