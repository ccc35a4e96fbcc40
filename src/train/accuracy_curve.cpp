// SPDX-License-Identifier: MIT
#include "train/accuracy_curve.h"

#include <algorithm>

#include "base/error.h"
#include "base/parallel.h"
#include "learning/arithmetic.h"
#include "train/numbers.h"
#include "workload/expand.h"

namespace kiln::train {

namespace {

/// One setting of a training, on numbers alone.
class Runs {
 public:
  Runs(const experiment::ExperimentConfig& experiment, const run::Monitor& monitor,
       const output::Cache& cache)
      : experiment_(experiment), numbers_(experiment_, monitor, cache) {}

  /// Steps to the target, seed by seed.
  std::vector<double> steps_to_target() const {
    const learning::LearningConfig& learning = *experiment_.learning;
    const std::vector<learning::Conditions> plain(static_cast<std::size_t>(learning.epochs), {1, 0});
    std::vector<double> steps(static_cast<std::size_t>(learning.seeds));
    base::for_each_in_parallel(steps.size(), [&](std::size_t i) {
      steps[i] = crossing(numbers_.train(experiment_.run.seed + i, plain));
    });
    return steps;
  }

  double ratio() const {
    return numbers_.measure(workload::expand(experiment::network_of(experiment_), experiment_.training))
        .ratio();
  }
  const Numbers& numbers() const { return numbers_; }

 private:
  double crossing(const SeedRecord& seed) const {
    if (!seed.epochs.empty() && seed.epochs.front().reaches(experiment_.learning->target_accuracy))
      throw base::SimError(fmt::format(
          "seed {} reaches the target of {:.4g} % in the first stretch of {} steps {}, which is too long to "
          "tell when; set learning.steps_per_epoch lower (or learning.target_accuracy higher)",
          seed.seed, 100 * experiment_.learning->target_accuracy, seed.epochs.front().steps, codec_text()));
    const std::optional<double> steps = steps_between(seed, experiment_.learning->target_accuracy);
    if (!steps)
      throw base::SimError(fmt::format(
          "seed {} does not reach {:.4g} % in {} epochs {}: its best is {:.2f} %; raise learning.epochs, or "
          "lower learning.target_accuracy",
          seed.seed, 100 * experiment_.learning->target_accuracy, seed.epochs.size(), codec_text(),
          100 * best_accuracy(seed)));
    return *steps;
  }

  const char* codec_text() const {
    return experiment_.compression.enabled ? "with this codec" : "without compression";
  }

  experiment::ExperimentConfig experiment_;
  Numbers numbers_;
};

experiment::ExperimentConfig without_faults(experiment::ExperimentConfig experiment, bool compressed) {
  experiment.learning->faults.reset();
  experiment.compression.enabled = compressed;
  return experiment;
}

std::string task_text(const experiment::ExperimentConfig& experiment, const Numbers& numbers) {
  const learning::LearningConfig& learning = *experiment.learning;
  return fmt::format("{} on {}, to {:.4g} %, seeds {} to {}, {} workers; training {}",
                     experiment.workload.name, numbers.data_text(), 100 * learning.target_accuracy,
                     experiment.run.seed,
                     experiment.run.seed + static_cast<std::uint64_t>(learning.seeds) - 1, numbers.workers(),
                     numbers.training_hash());
}

experiment::AccuracyPoint point_of(double ratio, const std::vector<double>& steps) {
  const Spread spread = spread_of(steps);
  return {ratio, spread.mean, spread.low, spread.high};
}

}  // namespace

void check_curve(const experiment::ExperimentConfig& experiment) {
  if (!experiment.learning || experiment.learning->target_accuracy <= 0)
    throw base::ConfigError({}, "learning.target_accuracy",
                            "is missing: a curve tells the steps to an accuracy");
  if (!experiment.compression.enabled)
    throw base::ConfigError({}, "compression.enabled",
                            "is false: a curve tells what compression costs; enable it");
  if (!experiment.compression.layers.empty())
    throw base::ConfigError({}, "compression.layers",
                            "differ from the codec: a curve is that of one codec for all layers");
}

experiment::WorkToAccuracyConfig measure_curve(const experiment::ExperimentConfig& experiment,
                                               const run::Monitor& monitor, const output::Cache& cache) {
  check_curve(experiment);
  learning::prepare_thread();
  monitor.report(0, "curve: without compression");
  const Runs plain(without_faults(experiment, false), monitor, cache);
  const std::vector<double> base = plain.steps_to_target();
  monitor.report(0.5, "curve: with the codec");
  const Runs coded(without_faults(experiment, true), monitor, cache);
  std::vector<double> steps = coded.steps_to_target();
  // Seed by seed the order of samples and the first weights are the same: what is left is the codec.
  for (std::size_t i = 0; i < steps.size(); ++i) steps[i] /= base[i];

  experiment::WorkToAccuracyConfig curve;
  curve.source = "kiln train --curve";
  curve.task = task_text(experiment, plain.numbers());
  curve.codec = compression::family_text(experiment.compression.codec);
  curve.curve = {{1, 1, 1, 1}, point_of(coded.ratio(), steps)};
  return curve;
}

experiment::WorkToAccuracyConfig merge_curves(experiment::WorkToAccuracyConfig known,
                                              const experiment::WorkToAccuracyConfig& measured,
                                              const std::string& file) {
  const auto same = [&](const char* key, const std::string& of_file, const std::string& now) {
    if (of_file != now)
      throw base::ConfigError(
          {file, 0, 0}, key,
          fmt::format("the curve in this file is that of '{}', not of '{}'; choose another "
                      "file, or remove this one",
                      of_file, now));
  };
  same("task", known.task, measured.task);
  same("codec", known.codec, measured.codec);
  for (const experiment::AccuracyPoint& point : measured.curve) {
    std::erase_if(known.curve, [&](const auto& other) { return other.ratio == point.ratio; });
    known.curve.insert(std::upper_bound(known.curve.begin(), known.curve.end(), point,
                                        [](const auto& a, const auto& b) { return a.ratio < b.ratio; }),
                       point);
  }
  return known;
}

}  // namespace kiln::train
