// SPDX-License-Identifier: MIT
#include "governor/policies/compression_aware.h"

namespace kiln::governor {

using config::Dimension;

const config::Record<CompressionAwareConfig>& describe(const CompressionAwareConfig*) {
  static const auto record =
      config::Record<CompressionAwareConfig>("compression_aware", "Clock by temperature and gradient traffic")
          .field("trip", &CompressionAwareConfig::trip_c,
                 {.doc = "Temperature that takes a level away",
                  .unit = Dimension::temperature,
                  .min = -50,
                  .max = 150,
                  .source = "article on on-device training: limit of 85 degC"})
          .field("hysteresis", &CompressionAwareConfig::hysteresis_k,
                 {.doc = "Levels come back below trip - hysteresis",
                  .unit = Dimension::temperature_difference,
                  .min = 0,
                  .max = 50,
                  .source = "RK3588 device tree: 2 K"})
          .field("ratio", &CompressionAwareConfig::ratio,
                 {.doc = "Compression ratio from which traffic is light",
                  .min = 1,
                  .max = 1e6,
                  .source = "estimate: INT8 of FP32 gradients"})
          .field("queue_high", &CompressionAwareConfig::queue_high,
                 {.doc = "Queue use above which arrays wait for traffic",
                  .unit = Dimension::fraction,
                  .min = 0,
                  .max = 1,
                  .source = "estimate"})
          .field("queue_low", &CompressionAwareConfig::queue_low,
                 {.doc = "Queue use below which a faster clock is worth it",
                  .unit = Dimension::fraction,
                  .min = 0,
                  .max = 1,
                  .source = "estimate"})
          .field("utilization_low", &CompressionAwareConfig::utilization_low,
                 {.doc = "Arrays busy less than this wait for data",
                  .unit = Dimension::fraction,
                  .min = 0,
                  .max = 1,
                  .source = "estimate"})
          .check([](const CompressionAwareConfig& c, config::Checker& check) {
            if (c.queue_low >= c.queue_high) check.fail("queue_low", "must lie below queue_high");
          });
  return record;
}

CompressionAware::CompressionAware(const CompressionAwareConfig& config,
                                   std::span<const OperatingPoint> table)
    : config_(config), table_(table.begin(), table.end()), level_(static_cast<int>(table.size()) - 1) {}

bool CompressionAware::worth_climbing(const Observation& observation, double temperature_c) const {
  const auto next = static_cast<std::size_t>(level_) + 1;
  if (next >= table_.size() || temperature_c >= config_.trip_c - config_.hysteresis_k) return false;
  if (observation.compression_ratio < config_.ratio || observation.queue_depth >= config_.queue_low)
    return false;
  // If traffic limits the work, arrays are busy in proportion
  // to 1/f: do not climb to where they would wait again.
  const double then = observation.utilization * table_[next - 1].frequency_hz / table_[next].frequency_hz;
  return then >= config_.utilization_low;
}

Decision CompressionAware::decide(const Observation& observation) {
  const double temperature_c = observation.hottest_c().value_or(observation.ambient_c);
  const bool waiting =
      observation.queue_depth > config_.queue_high || observation.utilization < config_.utilization_low;
  if ((temperature_c >= config_.trip_c || waiting) && level_ > 0)
    --level_;
  else if (worth_climbing(observation, temperature_c))
    ++level_;
  return {.level = level_};
}

}  // namespace kiln::governor
