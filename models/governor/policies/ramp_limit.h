// SPDX-License-Identifier: MIT
// Lets the die warm up no faster than solder joints and seals bear: a cold start under load.
#pragma once

#include "governor/policy.h"

namespace kiln::governor {

struct RampLimitConfig {
  double rate_k_per_s = 0.25;
  double band_k = 1;
};
const config::Record<RampLimitConfig>& describe(const RampLimitConfig*);

/// A reference rises at the allowed rate, at most `band` above the hottest reading, so that a slow stretch is
/// no credit for a fast one. A level down when the reading passes it, a level up when it falls half the band
/// short.
class RampLimit final : public Policy {
 public:
  RampLimit(const RampLimitConfig& config, std::span<const OperatingPoint> table);
  /// Without a working sensor it keeps the lowest level.
  Decision decide(const Observation& observation) override;
  void reset() override;
  std::vector<double> state() const override;

 private:
  RampLimitConfig config_;
  int top_level_;
  int level_ = 0;
  std::optional<double> reference_c_;  ///< empty before the first reading
};

}  // namespace kiln::governor
