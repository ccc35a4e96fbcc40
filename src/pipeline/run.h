// SPDX-License-Identifier: MIT
// A pipeline from its configuration to its result.
#pragma once

#include <functional>
#include <string>

#include "pipeline/result.h"

namespace kiln::pipeline {

struct PipelineOptions {
  batch::BatchOptions batch;  ///< cache of steps and watch
  std::function<void(const std::string& what)> progress = {};

  void report(const std::string& what) const {
    if (progress) progress(what);
  }
};

/// Simulates the steps of every plan, then the plan. Throws ConfigError for what only shows when parts meet,
/// SimError when a simulation fails, base::Stopped when the watch ends it.
Result run_pipeline(const PipelineConfig& config, const PipelineOptions& options);
/// A plan whose steps are at hand, or are simulated now, from cold; without bands and comparison.
PlanResult simulated(const PipelineConfig& config, const PlanConfig& plan, Programs& programs,
                     const PipelineOptions& options);
/// The same up to the steps, which are lowered and not simulated; says what would run.
std::string validate_pipeline(const PipelineConfig& config);

}  // namespace kiln::pipeline
