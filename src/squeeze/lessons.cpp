// SPDX-License-Identifier: MIT
#include "squeeze/lessons.h"

#include <algorithm>
#include <cmath>

#include "base/parallel.h"
#include "learning/arithmetic.h"
#include "learning/trainer.h"
#include "train/numbers.h"
#include "train/outcome.h"

namespace kiln::squeeze {

namespace {

/// What one seed has learnt in a prefix.
struct Learnt {
  learning::Model model;
  double accuracy = 0, zero_share = 0;
  bool diverged = false;
};

/// The prefixes of one experiment, learnt one behind another.
class Course {
 public:
  explicit Course(const std::vector<Prefix>& prefixes) : prefixes_(prefixes), learnt_(prefixes.size()) {}

  void learn(std::size_t place, const base::Watch& watch) {
    const Prefix& prefix = prefixes_[place];
    const experiment::ExperimentConfig& experiment = prefix.experiment;
    learning::TrainingSetup setup = train::training_setup(experiment);
    if (prefix.last != nullptr) {
      setup.learning.rate.initial *= prefix.last->rate_factor;
      setup.learning.epochs = prefix.last->epochs;
    }
    if (const auto* distil = prefix.last != nullptr && prefix.last->distil ? &*prefix.last->distil : nullptr)
      setup.teacher = {
          experiment::network_of(prefixes_.front().experiment), {}, distil->share, distil->temperature};
    const learning::TrainAndTest data =
        learning::load_data(setup.learning.data, setup.network, experiment.run.seed);
    data_ = data.source;
    if (place == 0)
      steps_per_epoch_ = setup.learning.steps_per_epoch > 0
                             ? static_cast<double>(setup.learning.steps_per_epoch)
                             : static_cast<double>(data.train.size() / setup.training.batch);
    const auto seeds = static_cast<std::size_t>(experiment.learning->seeds);
    learnt_[place].resize(seeds);
    base::for_each_in_parallel(seeds, [&](std::size_t i) {
      learning::TrainingSetup own = setup;
      if (own.teacher) own.teacher->model = learnt_.front()[i].model;
      learnt_[place][i] = learn_seed(prefix, own, data, i, watch);
    });
  }

  Lesson lesson(std::size_t place) const {
    std::vector<double> accuracies;
    for (const Learnt& seed : learnt_[place]) accuracies.push_back(seed.accuracy);
    const train::Spread spread = train::spread_of(accuracies);
    const auto diverged = std::count_if(learnt_[place].begin(), learnt_[place].end(),
                                        [](const Learnt& seed) { return seed.diverged; });
    return {spread.mean, spread.low, spread.high, learnt_[place].front().zero_share,
            static_cast<int>(diverged)};
  }
  double steps_per_epoch() const { return steps_per_epoch_; }
  const std::string& data() const { return data_; }

 private:
  Learnt learn_seed(const Prefix& prefix, const learning::TrainingSetup& setup,
                    const learning::TrainAndTest& data, std::size_t seed, const base::Watch& watch) const {
    learning::Trainer trainer(setup, data, prefix.experiment.run.seed + seed);
    if (prefix.before >= 0) trainer.begin_from(learnt_[static_cast<std::size_t>(prefix.before)][seed].model);
    for (int epoch = 0; epoch < setup.learning.epochs; ++epoch) trainer.epoch({}, watch);
    learning::Model model = trainer.model();
    const learning::LossTotals judged = trainer.judge();
    Learnt learnt{std::move(model), judged.accuracy(), 0, !std::isfinite(judged.loss)};
    if (trainer.mask())
      learnt.zero_share = static_cast<double>(trainer.mask()->held()) /
                          static_cast<double>(std::max<std::int64_t>(1, trainer.mask()->weights()));
    return learnt;
  }

  const std::vector<Prefix>& prefixes_;
  std::vector<std::vector<Learnt>> learnt_;  ///< by prefix, by seed
  double steps_per_epoch_ = 0;
  std::string data_;
};

}  // namespace

Lessons learn(const std::vector<Prefix>& prefixes, const base::Watch& watch,
              const std::function<void(const std::string&)>& report) {
  learning::prepare_thread();
  Course course(prefixes);
  Lessons lessons;
  for (std::size_t place = 0; place < prefixes.size(); ++place) {
    report(fmt::format("learning: {}", prefixes[place].name()));
    course.learn(place, watch);
    lessons.of_prefix.push_back(course.lesson(place));
  }
  lessons.steps_per_epoch = course.steps_per_epoch();
  lessons.data = course.data();
  return lessons;
}

}  // namespace kiln::squeeze
