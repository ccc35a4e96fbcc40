// SPDX-License-Identifier: MIT
#include "job/steps.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/error.h"
#include "experiment/forward_pass.h"
#include "run/mapping_choice.h"
#include "workload/features.h"
#include "workload/transforms.h"

namespace kiln::job {

namespace {

experiment::ExperimentConfig request_of(const experiment::ExperimentConfig& experiment, std::int64_t batch) {
  experiment::ExperimentConfig request = experiment::forward_pass_of(experiment);
  request.training.batch = batch;
  request.training.micro_batches = 1;
  return request;
}

experiment::ExperimentConfig behind(const experiment::ExperimentConfig& experiment,
                                    const workload::FeatureCut& cut) {
  experiment::ExperimentConfig behind = experiment;
  behind.workload = cut.network;
  behind.training = cut.training;
  return behind;
}

experiment::ExperimentConfig on(experiment::ExperimentConfig experiment, const soc::SocConfig& chip) {
  experiment.soc = chip;
  return experiment;
}

/// Simulated for a chip with other joules: it is asked for a band, which shall cost little.
constexpr int kFreshPoints = 1;

}  // namespace

const char* name(StepKind kind) {
  switch (kind) {
    case StepKind::train:
      return "train";
    case StepKind::train_cached:
      return "train_cached";
    case StepKind::validate:
      return "validate";
    case StepKind::infer:
      return "infer";
  }
  return "?";
}

JobSteps::One::One(experiment::ExperimentConfig of_kind, const device::ChipPower& power, double top_hz,
                   const run::Monitor& monitor, const output::Cache& cache)
    : experiment(std::move(of_kind)),
      prepared(std::make_shared<experiment::Prepared>(experiment::prepare(experiment, monitor.watch))),
      store(experiment, *prepared, power, top_hz, monitor, cache) {}

JobSteps::One::One(One& nominal, const soc::SocConfig& chip, const device::ChipPower& power, double top_hz,
                   const run::Monitor& monitor)
    : experiment(on(nominal.experiment, chip)),
      prepared(nominal.prepared),
      store(experiment, *prepared, power, top_hz, monitor) {
  store.borrow_from(nominal.store, kFreshPoints);
}

JobSteps::JobSteps(const JobConfig& job, const run::Monitor& monitor, const output::Cache& cache,
                   Mapping mapping)
    : mapping_(mapping),
      plan_(soc::plan_chip(job.experiment.soc)),
      device_(job.experiment, plan_, monitor.watch) {
  const experiment::ExperimentConfig& whole = job.experiment;
  const bool trains = job.data.epochs > 0;
  if (trains) {
    add(StepKind::train, whole, monitor, cache);
    count_bytes(prepared(StepKind::train).graph, whole.training);
  }
  if (trains && job.data.cached_features) {
    const workload::FeatureCut cut =
        workload::cut_at_features(workload::rewrite(whole.workload, whole.training), whole.training);
    add(StepKind::train_cached, behind(whole, cut), monitor, cache);
    feature_bytes_ =
        static_cast<double>(cut.values) * workload::bits_of(whole.training.precision.activations) / 8;
  }
  if (trains && job.data.validation.samples > 0)
    add(StepKind::validate, experiment::forward_pass_of(whole), monitor, cache);
  if (job.requests) add(StepKind::infer, request_of(whole, job.requests->batch), monitor, cache);
}

JobSteps::JobSteps(JobSteps& nominal, const experiment::ExperimentConfig& experiment,
                   const run::Monitor& monitor)
    : mapping_(nominal.mapping_),
      plan_(soc::plan_chip(experiment.soc)),
      device_(experiment, plan_, monitor.watch),
      feature_bytes_(nominal.feature_bytes_),
      parameter_bytes_(nominal.parameter_bytes_),
      optimizer_bytes_(nominal.optimizer_bytes_) {
  for (std::size_t kind = 0; kind < kinds_.size(); ++kind)
    if (nominal.kinds_[kind])
      kinds_[kind] = std::make_unique<One>(*nominal.kinds_[kind], experiment.soc, device_.power(),
                                           device_.top_point().frequency_hz, monitor);
}

void JobSteps::add(StepKind kind, experiment::ExperimentConfig experiment, const run::Monitor& monitor,
                   const output::Cache& cache) {
  monitor.report(0, fmt::format("lowering the step '{}'", name(kind)));
  auto one = std::make_unique<One>(std::move(experiment), device_.power(), device_.top_point().frequency_hz,
                                   monitor, cache);
  for (const std::unique_ptr<One>& other : kinds_)
    if (other) one->store.share_plant(other->store);
  if (mapping_ == Mapping::best)
    run::choose_mapping(one->experiment, *one->prepared, one->store, device_, cache, monitor.watch);
  kinds_[static_cast<std::size_t>(kind)] = std::move(one);
}

const experiment::Prepared& JobSteps::prepared() const {
  const auto first =
      std::find_if(kinds_.begin(), kinds_.end(), [](const auto& one) { return one != nullptr; });
  KILN_CHECK(first != kinds_.end(), "a job without steps");
  return *(*first)->prepared;
}

void JobSteps::count_bytes(const workload::StepGraph& graph, const workload::TrainingConfig& training) {
  std::map<std::int32_t, double> updated_bits;  // by layer
  for (const workload::Tensor& tensor : graph.tensors) {
    if (tensor.cls == workload::TensorClass::master_weight)
      updated_bits[tensor.layer] = tensor.bits_per_element;
    if (tensor.cls == workload::TensorClass::optimizer_state)
      optimizer_bytes_ += static_cast<double>(tensor.bytes());
  }
  for (std::size_t i = 0; i < graph.layers.size(); ++i) {
    const auto known = updated_bits.find(static_cast<std::int32_t>(i));
    const double bits =
        known != updated_bits.end() ? known->second : workload::bits_of(training.precision.weights);
    parameter_bytes_ += static_cast<double>(graph.layers[i].trainable_parameters) * bits / 8;
  }
}

}  // namespace kiln::job
