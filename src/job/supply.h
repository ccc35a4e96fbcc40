// SPDX-License-Identifier: MIT
// What feeds the device when, and whether training may use it.
#pragma once

#include <limits>
#include <optional>

#include "job/harvest.h"
#include "job/job_config.h"

namespace kiln::job {

inline constexpr double kNever_s = std::numeric_limits<double>::infinity();

class Supply {
 public:
  /// Reads the trace of what is harvested. Throws ConfigError with its line.
  explicit Supply(const SupplyConfig& config);

  /// What the charger can give at a moment, in W; 0 when it is not plugged in.
  double charger_w(double now_s) const;
  /// What is harvested then, in W.
  double harvest_w(double now_s) const { return harvest_ ? harvest_->power_w(now_s) : 0; }
  double source_w(double now_s) const { return charger_w(now_s) + harvest_w(now_s); }
  /// When a charger is plugged in or out next; infinity: never.
  double next_change_s(double now_s) const;
  /// Whether training may go on at this charge (1: mains). Remembers: below the reserve it waits until the
  /// charge is above it by the hysteresis.
  bool may_train(double now_s, double charge);
  /// Whether anything may ever give a waiting or empty device new energy.
  bool recovers(double now_s) const;
  double other_load_w() const { return config_.other_load_w; }

 private:
  SupplyConfig config_;
  std::optional<Harvest> harvest_;
  bool below_reserve_ = false;
};

}  // namespace kiln::job
