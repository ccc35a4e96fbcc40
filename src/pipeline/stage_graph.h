// SPDX-License-Identifier: MIT
// A plan with its names resolved and its defaults filled in: what the simulation walks.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/pipeline_config.h"

namespace kiln::pipeline {

/// On test samples: mean, lowest and highest of the seeds.
struct Accuracy {
  double mean = 0, low = 0, high = 0;
  int diverged = 0;  ///< seeds without a loss that is a number
};

/// How made samples stand beside real ones (learning/data/quality.h), and what the gate of a training says.
struct Gate {
  double frechet = 0, frechet_floor = 0, precision = 0, recall = 0;
  std::int64_t samples = 0;  ///< of either kind that were compared
  std::string refused;       ///< what does not pass; empty: all does
  bool real_alone = false;   ///< refused ones leave real ones to learn from
};

/// What only the network of a stage tells; of a stage without one all is 0.
struct StageWork {
  std::int64_t batch = 1;      ///< samples of a step
  double model_bytes = 0;      ///< what a training makes
  double quantised_bytes = 0;  ///< what a quantisation makes
  /// Of what a training makes and of what a quantisation makes of it, where it is learnt on numbers.
  std::optional<Accuracy> accuracy = {};
  std::optional<double> accuracy_loss = {};  ///< by a quantisation
  std::optional<Gate> gate = {};             ///< of a training in front of which made samples are judged
};

struct Stage {
  const StageConfig* config = nullptr;
  std::size_t device = 0;                    ///< place among the configuration's
  std::vector<std::size_t> from, to, after;  ///< places among the plan's stages
  std::int64_t takes = 1, makes = 1;
  std::optional<double> bytes;  ///< of a product; nothing: of what it took
  std::int64_t batch = 1;
  bool too_large = false, too_wrong = false;  ///< its model, to be handed on
  bool made_up = false;                       ///< its products come from a network that takes nothing
  std::vector<std::size_t> turned_away;       ///< places of stages whose products do not pass its gate

  bool begins() const { return from.empty(); }
  bool turns_away(std::size_t giver) const {
    return std::find(turned_away.begin(), turned_away.end(), giver) != turned_away.end();
  }
  bool gate_shut() const { return too_large || too_wrong; }
  /// Steps for so many products taken and made; none of a source or a store.
  std::int64_t steps(std::int64_t taken, std::int64_t made) const;
  /// Products made of so many, which may be fewer than it takes at a time.
  std::int64_t makes_of(std::int64_t taken) const;
};

/// `work`: by stage. All must outlive what comes of it.
std::vector<Stage> make_stages(const PipelineConfig& config, const PlanConfig& plan,
                               const std::vector<StageWork>& work);

/// Whether its products come from nowhere but its network: a generator.
bool makes_up(const StageConfig& stage);

/// Place of a stage by its name.
std::size_t place_of_stage(const PlanConfig& plan, const std::string& name);

}  // namespace kiln::pipeline
