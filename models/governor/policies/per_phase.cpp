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
          .field("backward", &PerPhaseConfig::backward_hz,
                 {.doc = "Input and weight gradients",
                  .unit = Dimension::frequency,
                  .min = 0,
                  .max = 1e11,
                  .source = kSource})
          .field("communicate", &PerPhaseConfig::communicate_hz,
                 {.doc = "Compression and reduction",
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

double PerPhase::wanted_hz(Phase phase) const {
  switch (phase) {
    case Phase::forward:
      return config_.forward_hz;
    case Phase::backward:
      return config_.backward_hz;
    case Phase::communicate:
      return config_.communicate_hz;
    case Phase::update:
      return config_.update_hz;
    case Phase::idle:
      return config_.idle_hz;
  }
  throw base::SimError("governor: not a phase");
}

Decision PerPhase::decide(const Observation& observation) {
  const double wanted = wanted_hz(observation.phase);
  return {.level = wanted > 0 ? level_at_or_below(table_, wanted) : static_cast<int>(table_.size()) - 1};
}

}  // namespace kiln::governor
