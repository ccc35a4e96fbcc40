// SPDX-License-Identifier: MIT
#include "pipeline/programs.h"

#include <algorithm>

#include "base/error.h"
#include "experiment/forward_pass.h"
#include "pipeline/replayed_machine.h"
#include "pipeline/result.h"
#include "workload/model_size.h"

namespace kiln::pipeline {

namespace {

bool is_on(const StageConfig& stage, const DeviceConfig& device) {
  return stage.on == device.name;
}

bool used(const PlanConfig& plan, const DeviceConfig& device) {
  return std::any_of(plan.stages.begin(), plan.stages.end(),
                     [&](const StageConfig& stage) { return is_on(stage, device); });
}

std::unique_ptr<fleet::DeviceKind> kind_of(const experiment::ExperimentConfig& experiment,
                                           const std::string& at, const batch::BatchOptions& options) {
  try {
    return std::make_unique<fleet::DeviceKind>(experiment, options);
  } catch (const base::ConfigError& error) {
    std::vector<base::Problem> problems = error.problems();
    for (base::Problem& problem : problems) problem.key = problem.key.empty() ? at : at + ": " + problem.key;
    throw base::ConfigError(std::move(problems));
  }
}

}  // namespace

experiment::ExperimentConfig experiment_of(const DeviceConfig& device, const NetworkStageConfig& network) {
  experiment::ExperimentConfig experiment = device.experiment;
  if (network.workload) {
    experiment.workload = *network.workload;
    experiment.topology = {};
  }
  if (network.training) experiment.training = *network.training;
  experiment.run.rate_samples_per_s.reset();  // samples come when they come
  if (network.task == Task::infer) return forward_pass_of(std::move(experiment));
  return experiment;
}

Programs::Programs(const PipelineConfig& config, const PlanConfig& plan, const batch::BatchOptions& options)
    : config_(config), plan_(plan), options_(options), work_(plan.stages.size()), kinds_(plan.stages.size()) {
  for (const DeviceConfig& device : config.devices) {
    bool computes = false;
    for (std::size_t s = 0; s < plan.stages.size(); ++s)
      if (is_on(plan.stages[s], device) && plan.stages[s].network) {
        prepare(s, plan.stages[s], device);
        computes = true;
      }
    idle_.emplace_back();
    if (!computes && used(plan, device))
      idle_.back() = kind_of(experiment_of(device, {}), "devices." + device.name + ".experiment", options_);
  }
}

Programs::Programs(Programs& nominal, const std::vector<soc::SocConfig>& chips)
    : config_(nominal.config_),
      plan_(nominal.plan_),
      options_(nominal.options_),
      work_(nominal.work_),
      simulated_(true) {
  const auto moved = [](const std::unique_ptr<fleet::DeviceKind>& kind, const soc::SocConfig& chip) {
    return kind ? std::make_unique<fleet::DeviceKind>(*kind, chip) : nullptr;
  };
  for (std::size_t s = 0; s < nominal.kinds_.size(); ++s) {
    const auto on = std::find_if(config_.devices.begin(), config_.devices.end(),
                                 [&](const DeviceConfig& device) { return is_on(plan_.stages[s], device); });
    kinds_.push_back(moved(nominal.kinds_[s], chips[static_cast<std::size_t>(on - config_.devices.begin())]));
  }
  for (std::size_t d = 0; d < nominal.idle_.size(); ++d) idle_.push_back(moved(nominal.idle_[d], chips[d]));
}

const fleet::DeviceKind& Programs::dearest(std::size_t device, const PlanResult& result) const {
  const fleet::DeviceKind* most = idle_[device].get();
  double most_j = -1;
  for (std::size_t s = 0; s < kinds_.size(); ++s)
    if (kinds_[s] && is_on(plan_.stages[s], config_.devices[device]) && result.stages[s].energy_j > most_j) {
      most = kinds_[s].get();
      most_j = result.stages[s].energy_j;
    }
  KILN_CHECK(most != nullptr, "nothing runs on '{}'", config_.devices[device].name);
  return *most;
}

void Programs::prepare(std::size_t stage, const StageConfig& config, const DeviceConfig& device) {
  options_.watch.check();
  kinds_[stage] = kind_of(experiment_of(device, *config.network),
                          fmt::format("plans.{}.stages.{}.network", plan_.name, config.name), options_);
  const workload::StepGraph& graph = kinds_[stage]->prepared().graph;
  StageWork& work = work_[stage];
  work.batch = static_cast<std::int64_t>(graph.samples());
  work.model_bytes = workload::stored_model_bytes(graph);
  if (config.quantise)
    work.quantised_bytes =
        workload::quantised_model_bytes(graph, workload::bits_of(config.quantise->weights));
}

Machines Programs::make_machines() {
  if (!simulated_)
    for (const auto* kinds : {&kinds_, &idle_})
      for (const auto& kind : *kinds)
        if (kind) kind->simulate_first();
  simulated_ = true;
  given_.assign(config_.devices.size(), nullptr);
  Machines machines(config_.devices.size());
  for (std::size_t d = 0; d < machines.size(); ++d) {
    if (!used(plan_, config_.devices[d])) continue;
    std::vector<fleet::DeviceKind*> kinds;
    for (std::size_t s = 0; s < kinds_.size(); ++s)
      kinds.push_back(is_on(plan_.stages[s], config_.devices[d]) ? kinds_[s].get() : nullptr);
    kinds.push_back(idle_[d].get());
    for (int copy = 0; copy < config_.devices[d].count; ++copy) {
      auto machine = std::make_unique<ReplayedMachine>(kinds);
      if (copy == 0) given_[d] = machine.get();
      machines[d].push_back(std::move(machine));
    }
  }
  return machines;
}

const run::Signature* Programs::step(std::size_t stage) const {
  return kinds_[stage] ? &kinds_[stage]->first_step() : nullptr;
}

}  // namespace kiln::pipeline
