// SPDX-License-Identifier: MIT
#include "squeeze/chain.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "experiment/forward_pass.h"
#include "experiment/prepare.h"
#include "workload/expand.h"
#include "workload/model_size.h"
#include "workload/sparsity.h"

namespace kiln::squeeze {

namespace {

/// `before` with the step applied. `first`: the network that the chain began with, which teaches.
experiment::ExperimentConfig after(const experiment::ExperimentConfig& before, const StepConfig& step,
                                   const experiment::ExperimentConfig& first) {
  experiment::ExperimentConfig now = before;
  workload::TrainingConfig& training = now.training;
  if (step.network) now.workload = *step.network;
  if (!step.depthwise_separable.empty()) training.depthwise_separable = step.depthwise_separable;
  if (step.prune) training.pruning = step.prune;
  if (step.quantise) training.quantisation_aware = step.quantise;
  training.distillation.reset();
  if (step.distil) training.distillation = workload::DistillationConfig{.teacher = first.workload};
  return now;
}

std::vector<Prefix>::const_iterator find(const std::vector<Prefix>& prefixes,
                                         const std::vector<std::string>& steps) {
  return std::find_if(prefixes.begin(), prefixes.end(),
                      [&](const Prefix& prefix) { return prefix.steps == steps; });
}

}  // namespace

std::string Prefix::name() const {
  return steps.empty() ? "as it is" : base::join(steps, " > ");
}

std::vector<Prefix> prefixes_of(const SqueezeConfig& config) {
  std::vector<Prefix> prefixes = {{{}, config.experiment, -1, nullptr}};
  for (const auto& [name, steps] : config.chains) {
    std::size_t before = 0;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const std::vector<std::string> so_far(steps.begin(),
                                            steps.begin() + static_cast<std::ptrdiff_t>(i) + 1);
      const auto known = find(prefixes, so_far);
      if (known == prefixes.end()) {
        const StepConfig& step = config.steps.at(steps[i]);
        prefixes.push_back({so_far, after(prefixes[before].experiment, step, config.experiment),
                            static_cast<int>(before), &step});
        before = prefixes.size() - 1;
      } else {
        before = static_cast<std::size_t>(known - prefixes.begin());
      }
    }
  }
  return prefixes;
}

std::size_t place_of(const std::vector<Prefix>& prefixes, const std::vector<std::string>& steps) {
  const auto found = find(prefixes, steps);
  KILN_CHECK(found != prefixes.end(), "a chain is not among the chains");
  return static_cast<std::size_t>(found - prefixes.begin());
}

experiment::ExperimentConfig inference_of(const Prefix& prefix, std::int64_t batch) {
  experiment::ExperimentConfig inference = experiment::forward_pass_of(prefix.experiment);
  inference.training.batch = batch;
  inference.training.micro_batches = 1;
  inference.learning.reset();
  return inference;
}

double model_bytes(const Prefix& prefix, std::int64_t batch) {
  const experiment::ExperimentConfig inference = inference_of(prefix, batch);
  const workload::StepGraph graph = workload::expand(experiment::network_of(inference), inference.training);
  const workload::TrainingConfig& training = inference.training;
  if (!training.quantisation_aware) return workload::stored_model_bytes(graph);
  const double bits = workload::bits_of(training.quantisation_aware->weights);
  return workload::quantised_model_bytes(
      graph, training.pruning ? workload::pruned_bits(*training.pruning, bits) : bits);
}

}  // namespace kiln::squeeze
