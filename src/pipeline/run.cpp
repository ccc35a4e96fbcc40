// SPDX-License-Identifier: MIT
#include "pipeline/run.h"

namespace kiln::pipeline {

Result run_pipeline(const PipelineConfig& config, const PipelineOptions& options) {
  Result result{config.name, {}, {}};
  for (const PlanConfig& plan : config.plans) {
    options.report(fmt::format("{}: a step of each stage", plan.name));
    Programs programs(config, plan, options.batch);
    Machines machines = programs.make_machines();
    options.report(fmt::format("{}: {} stages", plan.name, plan.stages.size()));
    Simulation simulation(config, plan, make_stages(config, plan, programs.work()), std::move(machines),
                          options.batch.watch);
    simulation.run();
    result.plans.push_back(result_of(simulation, programs));
  }
  result.against = hold_against_first(result.plans);
  return result;
}

std::string validate_pipeline(const PipelineConfig& config) {
  std::string text;
  for (const PlanConfig& plan : config.plans) {
    const Programs programs(config, plan, {});
    text += fmt::format("{}: {} of {} stages, labelled samples come from '{}'\n", config.name, plan.name,
                        plan.stages.size(), plan.labelled);
  }
  return text;
}

}  // namespace kiln::pipeline
