// SPDX-License-Identifier: MIT
// Temperature: the refresh rate it calls for, and the bits that fail when cells are refreshed too rarely.
#pragma once

#include "dram/dram_config.h"

namespace kiln::dram {

/// Refreshes per tREFI at a die temperature, by the configured steps with hysteresis, in both directions
/// (JESD209-4 MR4, JESD209-5 MR4; HBM's vendor codes are not public and take the same rule).
class RefreshGovernor {
 public:
  explicit RefreshGovernor(const RefreshConfig& config) : config_(config), rate_(config.rate) {}
  /// Rate at `temperature_c`; a step ends `hysteresis_c` below where it began. NaN, a dead sensor, is taken
  /// for the hottest.
  double update(double temperature_c);
  /// As if it had always been cold.
  void reset();
  double rate() const { return rate_; }
  /// Above the limit the part must be shut down or throttled.
  bool over_limit(double temperature_c) const { return temperature_c > config_.limit_c; }

 private:
  RefreshConfig config_;
  std::size_t steps_active_ = 0;
  double rate_;
};

/// How long a row keeps its data between two refreshes, at a rate in refreshes per tREFI: what the timings
/// say, there is no second key for it. Thirty years where nothing is refreshed.
double refresh_interval_s(const DramConfig& config, double refresh_rate);

/// Expected share of bits that lost their value when refreshed every `interval_s` at `temperature_c`:
/// BER = ber0 (t / t0)^n exp(a (T - T0)) (tail law of RAIDR, ISCA 2012, and REAPER, ISCA 2017), at most 0.5,
/// and zero where the standard guarantees retention.
double bit_error_rate(const RetentionConfig& config, double interval_s, double temperature_c);

/// What error correction of one bit per code word leaves of a bit error rate.
double residual_bit_error_rate(const EccConfig& ecc, double rate);

}  // namespace kiln::dram
