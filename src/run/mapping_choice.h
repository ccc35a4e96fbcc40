// SPDX-License-Identifier: MIT
// Which of the ways that `mapping` leaves open the step is spread in: decided by simulating them at the
// highest operating point, so that it is never worse than a way that could have been asked for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "device/device.h"
#include "experiment/prepare.h"
#include "lowering/cost/objective.h"
#include "output/cache.h"
#include "run/step_store.h"

namespace kiln::run {

struct TriedWay {
  experiment::Way way;
  bool fits = true;    ///< into the memories
  double least_s = 0;  ///< no step of it is faster: computing and memory traffic without any wait
  /// Time [s] and energy [J] of a step; absent where `least_s` alone rules it out.
  std::optional<lowering::Price> price;
};

struct MappingChoice {
  std::vector<TriedWay> ways;  ///< one where nothing was left open; that one was not tried
  std::size_t chosen = 0;
};

/// Time and energy of a step at an operating point: its dynamic energy, and the static power of its duration
/// at the temperature that leakage is given for.
lowering::Price price_of(StepStore& steps, const device::Device& device, const sim::OperatingPoint& point);

/// Sets `prepared` and `steps` to the best way by `mapping.objective`. Ways that cannot win under objective
/// `time` are not simulated. What was found is kept in `cache`.
MappingChoice choose_mapping(const experiment::ExperimentConfig& experiment, experiment::Prepared& prepared,
                             StepStore& steps, const device::Device& device, output::Cache cache,
                             const base::Watch& watch);

}  // namespace kiln::run
