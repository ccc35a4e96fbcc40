// SPDX-License-Identifier: MIT
#include "governor/policies/per_phase.h"

#include "base/error.h"

namespace kiln::governor {

using config::Dimension;

const config::Record<PerPhaseConfig>& describe(const PerPhaseConfig*) {
  static constexpr std::string_view kSource =
      "0 Hz: the top level, so that no phase is slowed unless asked for";
  static const auto record =
      config::Record<PerPhaseConfig>("per_phase",
                                     "A clock for each phase of the training step; levels from below")
          .field(
              "forward", &PerPhaseConfig::forward_hz,
              {.doc = "Forward pass", .unit = Dimension::frequency, .min = 0, .max = 1e11, .source = kSource})
          .field("dgrad", &PerPhaseConfig::dgrad_hz,
                 {.doc = "Gradients of activations",
                  .unit = Dimension::frequency,
                  .min = 0,
                  .max = 1e11,
                  .source = kSource})
          .field("wgrad", &PerPhaseConfig::wgrad_hz,
                 {.doc = "Gradients of weights",
                  .unit = Dimension::frequency,
                  .min = 0,
                  .max = 1e11,
                  .source = kSource})
          .field("compress", &PerPhaseConfig::compress_hz,
                 {.doc = "Gradient compression",
                  .unit = Dimension::frequency,
                  .min = 0,
                  .max = 1e11,
                  .source = kSource})
          .field("reduce", &PerPhaseConfig::reduce_hz,
                 {.doc = "Gradient reduction",
                  .unit = Dimension::frequency,
                  .min = 0,
                  .max = 1e11,
                  .source = kSource})
          .field("update", &PerPhaseConfig::update_hz,
                 {.doc = "Optimiser", .unit = Dimension::frequency, .min = 0, .max = 1e11, .source = kSource})
          .field("idle", &PerPhaseConfig::idle_hz,
                 {.doc = "Between steps",
                  .unit = Dimension::frequency,
                  .min = 0,
                  .max = 1e11,
                  .source = "below any level: the slowest"});
  return record;
}

double PerPhase::wanted_hz(std::optional<workload::Phase> phase) const {
  if (!phase) return config_.idle_hz;
  switch (*phase) {
    case workload::Phase::forward:
      return config_.forward_hz;
    case workload::Phase::dgrad:
      return config_.dgrad_hz;
    case workload::Phase::wgrad:
      return config_.wgrad_hz;
    case workload::Phase::compress:
      return config_.compress_hz;
    case workload::Phase::reduce:
      return config_.reduce_hz;
    case workload::Phase::update:
      return config_.update_hz;
  }
  throw base::SimError("governor: not a phase");
}

Decision PerPhase::decide(const Observation& observation) {
  const double wanted = wanted_hz(observation.phase);
  return {.level = wanted > 0 ? level_at_or_below(table_, wanted) : static_cast<int>(table_.size()) - 1};
}

}  // namespace kiln::governor
