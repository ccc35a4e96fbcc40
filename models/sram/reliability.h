// SPDX-License-Identifier: MIT
// Bit errors of a buffer from voltage, temperature and how
// long it holds its data, and what SECDED leaves of them.
#pragma once

#include <cstdint>

#include "sram/sram_config.h"

namespace kiln::sram {

/// Check bits of a single-error-correcting, double-error-detecting Hamming code over `data_bits`: the least r
/// with 2^r >= data + r + 1, and one for overall parity. 64 -> 8.
int secded_check_bits(int data_bits);

/// Stored bits over data bits; energy and area of the array scale by it.
double storage_factor(const SramConfig& config);

struct BitErrorRates {
  double soft_per_bit_s = 0;  ///< upsets by radiation, per bit and second
  double hold = 0;            ///< share of the cells that lose their value at this voltage
  double access = 0;          ///< share that cannot be read or written in time
};

/// The soft-error rate grows by e for every `soft_error_voltage_slope` the voltage falls. Hold and access
/// failures are the tails of normal distributions over cells; the retention voltage rises with temperature.
BitErrorRates bit_error_rates(const ReliabilityConfig& config, double voltage_v, double temperature_c);

struct BufferErrors {
  double raw_bit_error = 0;       ///< probability that a bit is wrong when it is read
  double residual_bit_error = 0;  ///< after the buffer's protection; equal to raw without
  double expected_flips = 0;      ///< wrong bits among `bytes`, after protection
};

/// `bytes` that are read, `hold_s` after they were written.
/// A buffer that is scrubbed holds for the scrub interval.
BufferErrors buffer_errors(const SramConfig& config, std::uint64_t bytes, double hold_s, double voltage_v,
                           double temperature_c);

}  // namespace kiln::sram
