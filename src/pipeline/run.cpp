// SPDX-License-Identifier: MIT
#include "pipeline/run.h"

#include "pipeline/bands.h"

namespace kiln::pipeline {

namespace {

Simulation made(const PipelineConfig& config, const PlanConfig& plan, Programs& programs,
                const PipelineOptions& options) {
  return Simulation(config, plan, make_stages(config, plan, programs.work()), programs.make_machines(),
                    options.batch.watch);
}

}  // namespace

PlanResult simulated(const PipelineConfig& config, const PlanConfig& plan, Programs& programs,
                     const PipelineOptions& options) {
  Simulation simulation = made(config, plan, programs, options);
  simulation.run();
  return result_of(simulation, programs);
}

Result run_pipeline(const PipelineConfig& config, const PipelineOptions& options) {
  Result result{config.name, {}, {}};
  for (const PlanConfig& plan : config.plans) {
    options.report(fmt::format("{}: a step of each stage", plan.name));
    Programs programs(config, plan, options.batch);
    programs.learn([&](const std::string& what) { options.report(plan.name + ": " + what); });
    Simulation simulation = made(config, plan, programs, options);
    options.report(fmt::format("{}: {} stages", plan.name, plan.stages.size()));
    simulation.run();
    result.plans.push_back(result_of(simulation, programs));
    options.report(plan.name + ": the bands of its joules");
    add_bands(config, plan, programs, options, result.plans.back());
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
