// SPDX-License-Identifier: MIT
// A plan with its names resolved and its defaults filled in: what the simulation walks.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "pipeline/pipeline_config.h"

namespace kiln::pipeline {

/// On test samples: mean, lowest and highest of the seeds.
struct Accuracy {
  double mean = 0, low = 0, high = 0;
  int diverged = 0;  ///< seeds without a loss that is a number
};

/// What only the network of a stage tells; of a stage without one all is 0.
struct StageWork {
  std::int64_t batch = 1;      ///< samples of a step
  double model_bytes = 0;      ///< what a training makes
  double quantised_bytes = 0;  ///< what a quantisation makes
  /// Of what a training makes and of what a quantisation makes of it, where it is learnt on numbers.
  std::optional<Accuracy> accuracy = {};
  std::optional<double> accuracy_loss = {};  ///< by a quantisation
};

struct Stage {
  const StageConfig* config = nullptr;
  std::size_t device = 0;                    ///< place among the configuration's
  std::vector<std::size_t> from, to, after;  ///< places among the plan's stages
  std::int64_t takes = 1, makes = 1;
  std::optional<double> bytes;  ///< of a product; nothing: of what it took
  std::int64_t batch = 1;
  bool too_large = false, too_wrong = false;  ///< its model, to be handed on

  bool begins() const { return from.empty(); }
  bool gate_shut() const { return too_large || too_wrong; }
  /// Steps for so many products taken and made; none of a source or a store.
  std::int64_t steps(std::int64_t taken, std::int64_t made) const;
  /// Products made of so many, which may be fewer than it takes at a time.
  std::int64_t makes_of(std::int64_t taken) const;
};

/// `work`: by stage. All must outlive what comes of it.
std::vector<Stage> make_stages(const PipelineConfig& config, const PlanConfig& plan,
                               const std::vector<StageWork>& work);

/// Place of a stage by its name.
std::size_t place_of_stage(const PlanConfig& plan, const std::string& name);

}  // namespace kiln::pipeline
