// SPDX-License-Identifier: MIT
#include "pipeline/stage_graph.h"

#include <algorithm>

#include "base/ceil_div.h"
#include "base/error.h"

namespace kiln::pipeline {

namespace {

template <class Items>
std::size_t place_of(const Items& items, const std::string& name) {
  const auto found =
      std::find_if(items.begin(), items.end(), [&](const auto& item) { return item.name == name; });
  KILN_CHECK(found != items.end(), "'{}' was not looked for among the names", name);
  return static_cast<std::size_t>(found - items.begin());
}

std::vector<std::size_t> places_of(const PlanConfig& plan, const std::vector<std::string>& names) {
  std::vector<std::size_t> places;
  for (const std::string& name : names) places.push_back(place_of(plan.stages, name));
  return places;
}

bool trains(const StageConfig& config) {
  return config.network && config.network->task == Task::train;
}

void fill_in(Stage& stage, const StageWork& work) {
  const StageConfig& config = *stage.config;
  stage.batch = work.batch;
  const bool by_batch = config.network && !config.quantise;
  stage.takes = config.takes.value_or(by_batch ? work.batch : 1);
  stage.makes = config.makes.value_or(trains(config) || config.quantise ? 1 : stage.takes);
  if (config.bytes)
    stage.bytes = config.bytes;
  else if (config.quantise)
    stage.bytes = work.quantised_bytes;
  else if (trains(config))
    stage.bytes = work.model_bytes;
  else if (!config.store)
    stage.bytes = 0;
  if (!config.quantise) return;
  stage.too_large = config.quantise->most_bytes.value_or(1e300) < work.quantised_bytes;
  stage.too_wrong = config.quantise->most_accuracy_loss.value_or(1) < work.accuracy_loss.value_or(0);
}

}  // namespace

bool makes_up(const StageConfig& stage) {
  return stage.network && stage.network->task == Task::infer && stage.from.empty();
}

std::size_t place_of_stage(const PlanConfig& plan, const std::string& name) {
  return place_of(plan.stages, name);
}

std::int64_t Stage::steps(std::int64_t taken, std::int64_t made) const {
  if (!config->network) return 0;
  const std::int64_t samples = config->quantise ? config->quantise->samples : std::max(taken, made);
  return config->network->passes * base::ceil_div(samples, batch);
}

std::int64_t Stage::makes_of(std::int64_t taken) const {
  if (gate_shut()) return 0;
  return taken == takes ? makes : base::ceil_div(makes * taken, takes);
}

std::vector<Stage> make_stages(const PipelineConfig& config, const PlanConfig& plan,
                               const std::vector<StageWork>& work) {
  std::vector<Stage> stages(plan.stages.size());
  for (std::size_t s = 0; s < stages.size(); ++s) {
    Stage& stage = stages[s];
    stage.config = &plan.stages[s];
    stage.device = place_of(config.devices, stage.config->on);
    stage.from = places_of(plan, stage.config->from);
    stage.after = places_of(plan, stage.config->after);
    stage.made_up = makes_up(*stage.config);
    for (const std::size_t giver : stage.from) {
      stages[giver].to.push_back(s);
      stage.made_up |= stages[giver].made_up;
    }
    fill_in(stage, work[s]);
    if (work[s].gate && !work[s].gate->refused.empty())
      for (const std::size_t giver : stage.from)
        if (stages[giver].made_up || !work[s].gate->real_alone) stage.turned_away.push_back(giver);
  }
  return stages;
}

}  // namespace kiln::pipeline
