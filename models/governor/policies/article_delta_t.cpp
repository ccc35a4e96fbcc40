// SPDX-License-Identifier: MIT
#include "governor/policies/article_delta_t.h"

#include <algorithm>

namespace kiln::governor {

using config::Dimension;

const config::Record<ArticleDeltaTConfig>& describe(const ArticleDeltaTConfig*) {
  static const auto record =
      config::Record<ArticleDeltaTConfig>("article_delta_t",
                                          "Clock cut by a share per period while above ambient + dT")
          .field("threshold", &ArticleDeltaTConfig::threshold_k,
                 {.doc = "Rise above ambient that starts throttling",
                  .unit = Dimension::temperature_difference,
                  .min = 0,
                  .max = 150,
                  .source = "article on on-device training, section 9.2: 10 degC"})
          .field("hysteresis", &ArticleDeltaTConfig::hysteresis_k,
                 {.doc = "The clock comes back below threshold - hysteresis",
                  .unit = Dimension::temperature_difference,
                  .min = 0,
                  .max = 50,
                  .source = "estimate: the article names none; 2 K as in Linux trip points"})
          .field("step", &ArticleDeltaTConfig::step,
                 {.doc = "Share of the clock taken away per control period",
                  .unit = Dimension::fraction,
                  .min = 0.001,
                  .max = 0.9,
                  .source = "article on on-device training, section 9.2: 10 %"})
          .field("floor_frequency", &ArticleDeltaTConfig::floor_frequency_hz,
                 {.doc = "Clock that throttling stops at; 0 Hz is the slowest level",
                  .unit = Dimension::frequency,
                  .min = 0,
                  .max = 1e11,
                  .source = "estimate: the article names no floor"})
          .field("recover", &ArticleDeltaTConfig::recover,
                 {.doc = "Whether the clock comes back step by step once cool",
                  .source = "estimate: the article is silent; without it the first hot spell lasts for ever"})
          .field("learning_rate_factor", &ArticleDeltaTConfig::learning_rate_factor,
                 {.doc = "Learning-rate factor while throttled",
                  .min = 0.01,
                  .max = 100,
                  .source = "1 leaves the learning rate alone; 1.11 makes up for 10 % fewer samples"});
  return record;
}

ArticleDeltaT::ArticleDeltaT(const ArticleDeltaTConfig& config, std::span<const OperatingPoint> table)
    : config_(config),
      table_(table.begin(), table.end()),
      floor_hz_(std::max(config.floor_frequency_hz, table.front().frequency_hz)),
      top_hz_(table.back().frequency_hz),
      target_hz_(top_hz_) {}

void ArticleDeltaT::reset() {
  target_hz_ = top_hz_;
}

Decision ArticleDeltaT::decide(const Observation& observation) {
  if (const auto hottest_c = observation.hottest_c()) {
    const double rise_k = *hottest_c - observation.ambient_c;
    if (rise_k > config_.threshold_k)
      target_hz_ = std::max(target_hz_ * (1 - config_.step), std::min(floor_hz_, top_hz_));
    else if (config_.recover && rise_k < config_.threshold_k - config_.hysteresis_k)
      target_hz_ = std::min(target_hz_ / (1 - config_.step), top_hz_);
  }
  const bool throttled = target_hz_ < top_hz_ * (1 - 1e-9);
  return {.level = level_at_or_below(table_, target_hz_),
          .learning_rate_factor = throttled ? config_.learning_rate_factor : 1.0};
}

}  // namespace kiln::governor
