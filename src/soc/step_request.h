// SPDX-License-Identifier: MIT
// How a step is to be run.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/time.h"

namespace kiln::soc {

/// Called between slices of simulated time; may change the
/// operating point. Receives the time since step begin.
using SliceHook = std::function<void(base::TimePs since_begin)>;

/// Whether the writes that memory accepted and has not done belong to the step that ends or to the next one.
enum class StepEnd { drained, followed };

struct StepRequest {
  base::TimePs first = 0, slice = 0;  ///< `hook` is called every `slice`, for the first time after `first`
  SliceHook hook = {};                ///< may be empty
  /// Called several times per second of wall time; may be empty, may throw to end the step.
  std::function<void()> pulse = {};
  StepEnd end = StepEnd::followed;
  /// Operation instances; `complete` is called with each when all tiles have done it.
  std::vector<std::int32_t> milestones = {};
  std::function<void(std::int32_t instance)> complete = {};
};

}  // namespace kiln::soc
