// SPDX-License-Identifier: MIT
#include "solve/common_step.h"

#include <algorithm>

#include "base/error.h"
#include "config/load.h"
#include "experiment/identity.h"

namespace kiln::solve {

namespace {

/// Of the chip's keys a step at a point feels few, but its floorplan and clocks are prepared as well.
bool changes_preparation(const Axis& axis) {
  return axis.key.starts_with("soc") || experiment::step_feels(axis.key);
}

}  // namespace

std::optional<experiment::Prepared> common_step(const Question& question, const base::Watch& watch) {
  for (const auto* axes : {&question.over, &question.each})
    if (std::any_of(axes->begin(), axes->end(), changes_preparation)) return {};
  try {
    const auto loaded = config::read_tree<experiment::ExperimentConfig>(question.experiment, question.file,
                                                                        config::Reader(question.parts));
    if (loaded.value.soc.guard_band) return {};  // moves the voltages first
    return experiment::prepare(loaded.value, watch);
  } catch (const base::ConfigError&) {
    return {};  // a run says it with its settings
  }
}

}  // namespace kiln::solve
