// SPDX-License-Identifier: MIT
// Trainings of a plan on numbers, and what quantising behind them leaves of their accuracy.
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "pipeline/programs.h"
#include "squeeze/chain.h"
#if KILN_HAS_LEARNING
#include "learning/data/dataset.h"
#include "squeeze/lessons.h"
#include "train/numbers.h"
#endif

namespace kiln::pipeline {

namespace {

#if KILN_HAS_LEARNING

Accuracy accuracy_of(const squeeze::Lesson& lesson) {
  return {lesson.accuracy, lesson.low, lesson.high, lesson.diverged};
}

const std::string kStep = "quantise";

/// What the gate in front of a training says; nothing without one. Behind it what is left is learnt: made
/// samples that pass, else the real ones, if the gate lets these through.
std::optional<Gate> pass_gate(experiment::ExperimentConfig& training) {
  learning::DataConfig& data = training.learning->data;
  if (!data.synthetic || !data.synthetic->gate) return {};
  learning::TrainingSetup setup = train::training_setup(training);
  setup.learning.data.synthetic->gate->failure = learning::GateFailure::real;  // what for is asked below
  const learning::TrainAndTest sets =
      learning::load_data(setup.learning.data, setup.network, training.run.seed);
  const learning::SampleQuality& quality = *sets.quality;
  const double share = data.synthetic->share;
  Gate gate{quality.frechet, quality.frechet_floor, quality.precision,
            quality.recall,  quality.samples,       sets.refused};
  gate.real_alone = data.synthetic->gate->failure == learning::GateFailure::real && share < 1;
  data.synthetic->gate.reset();
  if (gate.refused.empty()) return gate;
  const auto all = static_cast<double>(sets.train.size());
  data.synthetic.reset();
  data.samples = std::max<std::int64_t>(1, std::llround(all * (1 - share)));
  return gate;
}

/// The training, and a chain of one step for each format that it is quantised to behind.
squeeze::SqueezeConfig lessons_of(const experiment::ExperimentConfig& training,
                                  const std::vector<workload::Precision>& formats) {
  squeeze::SqueezeConfig config;
  config.experiment = training;
  for (const workload::Precision weights : formats) {
    const std::string name = kStep + std::string(config::enum_name(weights));
    config.steps[name].quantise = {.weights = weights, .activations = workload::Precision::int8};
    config.chains[name] = {name};
  }
  return config;
}

#endif

bool takes_from(const StageConfig& stage, const StageConfig& giver) {
  return std::find(stage.from.begin(), stage.from.end(), giver.name) != stage.from.end();
}

}  // namespace

void Programs::learn(const std::function<void(const std::string&)>& report) {
  for (std::size_t s = 0; s < plan_.stages.size(); ++s) {
    const StageConfig& stage = plan_.stages[s];
    if (!stage.network || !stage.network->learning) continue;
#if KILN_HAS_LEARNING
    std::vector<std::size_t> behind;
    std::vector<workload::Precision> formats;
    for (std::size_t q = s + 1; q < plan_.stages.size(); ++q)
      if (plan_.stages[q].quantise && takes_from(plan_.stages[q], stage)) {
        behind.push_back(q);
        formats.push_back(plan_.stages[q].quantise->weights);
      }
    experiment::ExperimentConfig training = kinds_[s]->experiment();
    training.learning = stage.network->learning;
    training.learning->epochs = static_cast<std::int32_t>(stage.network->passes);
    work_[s].gate = pass_gate(training);
    if (work_[s].gate && !work_[s].gate->refused.empty() && !work_[s].gate->real_alone) continue;
    const squeeze::SqueezeConfig config = lessons_of(training, formats);
    const std::vector<squeeze::Prefix> prefixes = squeeze::prefixes_of(config);
    const squeeze::Lessons lessons = squeeze::learn(
        prefixes, options_.watch, [&](const std::string& what) { report(stage.name + ", " + what); });
    work_[s].accuracy = accuracy_of(lessons.of_prefix.front());
    for (std::size_t i = 0; i < behind.size(); ++i) {
      const std::string name = kStep + std::string(config::enum_name(formats[i]));
      StageWork& work = work_[behind[i]];
      work.accuracy = accuracy_of(lessons.of_prefix[squeeze::place_of(prefixes, {name})]);
      work.accuracy_loss = work_[s].accuracy->mean - work.accuracy->mean;
    }
#else
    throw base::ConfigError({}, fmt::format("plans.{}.stages.{}.network.learning", plan_.name, stage.name),
                            "this program was built without oneDNN or OpenMP, which learning needs; run "
                            "scripts/bootstrap --learning and build again, or remove the section");
#endif
  }
}

}  // namespace kiln::pipeline
