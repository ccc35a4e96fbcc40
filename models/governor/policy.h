// SPDX-License-Identifier: MIT
// What every governor policy sees, answers and promises.
#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "governor/operating_point.h"
#include "workload/step_graph.h"

namespace kiln::governor {

/// What is known at one control period. Temperatures are sensor readings, not truth; NaN marks a dead sensor.
struct Observation {
  static constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

  double time_s = 0;
  double period_s = 0.01;  ///< since the last decision
  double ambient_c = 25;
  std::span<const double> sensor_c{};  ///< on-die sensors
  double skin_c = kUnknown;
  double board_c = kUnknown;  ///< board thermistor
  double hbm_c = kUnknown;
  double power_w = 0;                       ///< SoC and memory, mean over the last period
  std::span<const double> actor_power_w{};  ///< by consumer, for policies that share out a budget
  int current_level = 0;
  double utilization = 1;        ///< share of the period that arrays or vector units computed
  double compression_ratio = 1;  ///< measured on the gradients, >= 1
  double frozen_fraction = 0;    ///< of the layers
  double queue_depth = 0;        ///< share of the gradient queues in use
  double battery_fraction = 1;
  std::optional<workload::Phase> phase = std::nullopt;  ///< empty between steps

  /// Hottest working on-die sensor, or nothing.
  std::optional<double> hottest_c() const;
};

struct Decision {
  int level = 0;  ///< index into the operating points
  double learning_rate_factor = 1;
  bool shutdown = false;
  double hbm_frequency_factor = 1;
  /// 0..1 of the coolant flow or current; empty: the policy does not drive cooling.
  std::optional<double> cooling_level = std::nullopt;
};

/// A rule from observations to decisions. Deterministic: equal state and observations give equal decisions.
class Policy {
 public:
  virtual ~Policy() = default;
  virtual Decision decide(const Observation& observation) = 0;
  virtual void reset() {}
  /// Everything a later decision may depend on besides its
  /// observation; equal vectors mean a cycle has closed.
  virtual std::vector<double> state() const { return {}; }
};

}  // namespace kiln::governor
