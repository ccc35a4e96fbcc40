// SPDX-License-Identifier: MIT
#include "train/session.h"

#include <algorithm>

#include "base/error.h"
#include "base/parallel.h"
#include "learning/arithmetic.h"
#include "output/manifest.h"
#include "output/plotter.h"
#include "run/guard_band.h"
#include "run/mapping_choice.h"
#include "thermal/state.h"
#include "train/failing_cells.h"
#include "train/learning_report.h"
#include "train/numbers.h"
#include "train/verdict.h"
#include "workload/expand.h"

namespace kiln::train {

namespace {

std::vector<learning::TensorPlace> places_of(const std::vector<lowering::TensorPlace>& planned) {
  std::vector<learning::TensorPlace> places;
  for (const lowering::TensorPlace& place : planned)
    places.push_back({place.address,
                      place.home == lowering::Home::dram ? learning::Memory::dram : learning::Memory::sram,
                      place.stored});
  return places;
}

/// All that training changes and has to keep: weights, masters, states of optimizer and codec.
double checkpoint_bytes(const workload::StepGraph& graph, const lowering::LoweredStep& step) {
  double bytes = static_cast<double>(step.memory.residual_bytes);
  for (const workload::Tensor& tensor : graph.tensors)
    if (tensor.persistent) bytes += static_cast<double>(tensor.bytes());
  return bytes;
}

std::vector<DeviceEpoch> run_device(const experiment::ExperimentConfig& experiment, run::StepStore& steps,
                                    device::Device& device, double steps_per_epoch,
                                    const run::Monitor& monitor) {
  Timeline timeline(steps, device, experiment.soc.memory.dram,
                    experiment.learning->start == learning::DeviceStart::hot);
  std::vector<DeviceEpoch> epochs;
  const int count = experiment.learning->epochs;
  for (int i = 0; i < count; ++i) {
    monitor.watch.check();
    monitor.report(0.2 * i / count, fmt::format("device, epoch {}", i + 1));
    epochs.push_back(timeline.advance(steps_per_epoch));
    if (epochs.back().shut_down) break;
  }
  KILN_CHECK(timeline.heat_balance() < thermal::HeatBalance::kTolerance,
             "heat in is not stored plus out: off by {:.2e} of it", timeline.heat_balance());
  return epochs;
}

std::string manifest(const experiment::ExperimentConfig& experiment, const experiment::Identity& identity,
                     const TrainOptions& options) {
  output::Json json = output::manifest_of(experiment.name, identity.hash, experiment.run.seed);
  json["compiler"] = __VERSION__;
  json["arithmetic"] = learning::arithmetic_text();
  json["files"] = options.files;
  json["not_in_hash"] = {{"command_line", options.command_line}};
  return output::json_text(json, 2) + "\n";
}

void require_learning(const experiment::ExperimentConfig& experiment) {
  if (!experiment.learning)
    throw base::ConfigError(
        {}, "learning",
        "is missing; say what is learnt, for example learning: {data: {kind: fashion_mnist}, "
        "epochs: 5}");
  if (!experiment.topology.empty())
    throw base::ConfigError({}, "topology", "has no layers that can be trained on numbers; use a workload");
}

}  // namespace

TrainResult train_experiment(const experiment::ExperimentConfig& written, const TrainOptions& options) {
  require_learning(written);
  learning::prepare_thread();
  const run::Monitor& monitor = options.monitor;
  experiment::ExperimentConfig experiment = run::with_guard_band(written, monitor.watch);
  monitor.report(0, "data");
  Numbers numbers(experiment, monitor, options.cache);
  const workload::StepGraph graph = workload::expand(experiment::network_of(experiment), experiment.training);
  experiment::Prepared prepared = experiment::prepare(experiment, monitor.watch, numbers.measure(graph));
  std::optional<device::Device> built;
  const auto build = [&] {
    built.emplace(experiment, prepared.plan, monitor.watch);
    built->set_context(prepared.compression.ratio(), prepared.frozen_fraction);
  };
  build();
  device::Device& device = *built;
  run::StepStore steps(experiment, prepared, device.power(), device.top_point().frequency_hz, monitor,
                       options.cache);
  run::choose_mapping(experiment, prepared, steps, device, options.cache, monitor.watch);
  if (run::adapt_guard_band(experiment, steps, device)) build();
  numbers.place({places_of(prepared.step.tensor_places), places_of(prepared.step.residual_places),
                 places_of(prepared.step.payload_places)},
                word_code(experiment.soc.memory.dram.ecc));

  TrainResult result;
  Training& training = result.training;
  training.device =
      run_device(experiment, steps, device, static_cast<double>(numbers.steps_per_epoch()), monitor);
  std::vector<learning::Conditions> conditions;
  const double bits = computed_bits(graph);
  for (const DeviceEpoch& epoch : training.device) {
    training.failing.push_back(failing_cells(experiment, epoch, bits));
    if (!epoch.shut_down) conditions.push_back({epoch.rate_factor, training.failing.back()});
  }
  training.seeds.resize(static_cast<std::size_t>(experiment.learning->seeds));
  monitor.report(0.2, "learning");
  base::for_each_in_parallel(training.seeds.size(), [&](std::size_t i) {
    training.seeds[i] = numbers.train(experiment.run.seed + i, conditions);
  });
  training.target = experiment.learning->target_accuracy;
  training.has_classes = experiment.workload.loss == workload::LossKind::cross_entropy;
  training.has_faults = experiment.learning->faults.has_value();
  training.has_link_faults = training.has_faults && experiment.learning->faults->links;
  training.link_overhead = prepared.compression.plan.link_overhead;
  training.checkpoint = checkpoint_copy(experiment.soc.memory.dram, checkpoint_bytes(graph, prepared.step));
  training.data = numbers.data_text();
  training.first_weights = numbers.first_weights_text();
  training.quality = numbers.quality();
  training.refused_samples = numbers.refused_samples();
  training.arithmetic = learning::arithmetic_text();
  training.workers = numbers.workers();
  training.ratio = prepared.compression.ratio();
  training.ratio_source = prepared.compression.source;
  if (const auto& staleness = experiment.learning->staleness)
    training.staleness_source = staleness->fleet.empty() ? "as configured" : staleness->fleet.path;

  training.starts_cold = experiment.learning->start == learning::DeviceStart::cold;
  training.validity = judge(experiment, prepared.plan, training);

  const experiment::Identity identity = experiment::identify(written);
  result.numbers = learning_numbers(training);
  result.files["config.effective.yaml"] = identity.effective;
  result.files["learning.csv"] = learning_csv(training);
  result.files["summary.json"] = learning_json(training, experiment.name);
  result.files["summary.txt"] = learning_text(training, experiment.name);
  result.files[kLearningScript] = learning_script(training);
  result.files[kLearningLabels] = output::label_file({experiment.name, heat_text(training)});
  result.files["manifest.json"] = manifest(experiment, identity, options);
  return result;
}

}  // namespace kiln::train
