// SPDX-License-Identifier: MIT
// A thermal sensor: first-order lag, offset, sampling period, quantisation, and a fault to inject.
#pragma once

#include <string>

#include "config/record.h"

namespace kiln::governor {

/// none: works. stuck: repeats its last reading. open: reads NaN, as a converter flags an open input.
enum class SensorFault { none, stuck, open };
std::span<const config::EnumName<SensorFault>> enum_names(const SensorFault*);

struct SensorConfig {
  std::string block;  ///< floorplan block whose temperature it follows; also "skin", "board", "hbm"
  double quantisation_k = 0.5;
  double offset_k = 0;
  double period_s = 1e-3;
  double lag_s = 2e-3;
  SensorFault fault = SensorFault::none;
  double fault_time_s = 0;
};
const config::Record<SensorConfig>& describe(const SensorConfig*);

class Sensor {
 public:
  explicit Sensor(const SensorConfig& config);

  const std::string& block() const { return config_.block; }

  /// Advances by `dt_s` during which the true temperature was `true_c`, and gives the reading then visible.
  /// The first call finds the sensor settled at `true_c`. Between samples the last reading stays.
  double sample(double true_c, double dt_s);

 private:
  double converted() const;

  SensorConfig config_;
  bool settled_ = false;
  double element_c_ = 0;  ///< temperature of the sensing element
  double reading_c_ = 0;
  double time_s_ = 0;
  double since_sample_s_ = 0;
  double step_s_ = -1;   ///< step that `approach_` holds for
  double approach_ = 1;  ///< share of the gap to the truth closed within a step
};

}  // namespace kiln::governor
