// SPDX-License-Identifier: MIT
#include "governor/sensor.h"

#include <cmath>
#include <limits>

namespace kiln::governor {

using config::Dimension;

std::span<const config::EnumName<SensorFault>> enum_names(const SensorFault*) {
  static constexpr config::EnumName<SensorFault> names[] = {
      {SensorFault::none, "none"}, {SensorFault::stuck, "stuck"}, {SensorFault::open, "open"}};
  return names;
}

const config::Record<SensorConfig>& describe(const SensorConfig*) {
  static const auto record =
      config::Record<SensorConfig>("sensor", "Thermal sensor: where it sits and how it errs")
          .field("block", &SensorConfig::block,
                 {.doc = "Block it sits on, or skin, board, hbm", .required = true})
          .field("quantisation", &SensorConfig::quantisation_k,
                 {.doc = "Step of the reading; 0 K reads exactly",
                  .unit = Dimension::temperature_difference,
                  .min = 0,
                  .max = 20,
                  .source = "common on-die sensors: 0.5 to 1 degC"})
          .field("offset", &SensorConfig::offset_k,
                 {.doc = "Constant error",
                  .unit = Dimension::temperature_difference,
                  .min = -50,
                  .max = 50,
                  .source = "0; untrimmed parts err by 2 degC (Intel 22 nm, JLPEA 4(4) 304)"})
          .field("period", &SensorConfig::period_s,
                 {.doc = "Time between conversions; 0 s converts at every call",
                  .unit = Dimension::time,
                  .min = 0,
                  .max = 1e3,
                  .source = "common range 1 to 10 ms"})
          .field("lag", &SensorConfig::lag_s,
                 {.doc = "Time constant of the sensing element",
                  .unit = Dimension::time,
                  .min = 0,
                  .max = 1e4,
                  .source = "common range 1 to 5 ms"})
          .field("fault", &SensorConfig::fault, {.doc = "Fault to inject", .source = "none unless asked for"})
          .field("fault_time", &SensorConfig::fault_time_s,
                 {.doc = "When the fault sets in",
                  .unit = Dimension::time,
                  .min = 0,
                  .max = 1e9,
                  .source = "from the start"});
  return record;
}

Sensor::Sensor(const SensorConfig& config) : config_(config) {}

double Sensor::converted() const {
  const double value_c = element_c_ + config_.offset_k;
  if (config_.quantisation_k <= 0) return value_c;
  return config_.quantisation_k * std::floor(value_c / config_.quantisation_k + 0.5);
}

double Sensor::sample(double true_c, double dt_s) {
  const bool first = !settled_;
  if (first) {
    element_c_ = true_c;
    settled_ = true;
  } else {
    if (dt_s != step_s_) {  // control periods are mostly equal: one exponential for all of them
      step_s_ = dt_s;
      approach_ = config_.lag_s > 0 ? 1 - std::exp(-dt_s / config_.lag_s) : 1.0;
    }
    element_c_ += (true_c - element_c_) * approach_;
  }
  time_s_ += dt_s;
  since_sample_s_ += dt_s;
  const bool due = first || since_sample_s_ >= config_.period_s * (1 - 1e-9);
  const bool faulty = config_.fault != SensorFault::none && time_s_ >= config_.fault_time_s;
  if (due) {
    const bool late = !first && since_sample_s_ > config_.period_s * (1 + 1e-9);
    since_sample_s_ =
        late && config_.period_s > 0 ? std::fmod(since_sample_s_ * (1 + 1e-9), config_.period_s) : 0;
    if (!faulty || first) reading_c_ = converted();
  }
  if (faulty && config_.fault == SensorFault::open) return std::numeric_limits<double>::quiet_NaN();
  return reading_c_;
}

}  // namespace kiln::governor
