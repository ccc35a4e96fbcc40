// SPDX-License-Identifier: MIT
// What trainings come to: targets that are reached, seeds that diverge, and what is said of them.
#include "train/outcome.h"

#include <limits>

#include "support/catch.h"
#include "train/learning_report.h"
#include "train/verdict.h"

using namespace kiln;
using namespace kiln::train;

namespace {

constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();

struct Judged {
  double loss, accuracy;
};

SeedRecord seed_of(std::uint64_t seed, const std::vector<Judged>& epochs) {
  SeedRecord record;
  record.seed = seed;
  for (const Judged& judged : epochs) {
    LearntEpoch epoch;
    epoch.epoch = static_cast<std::int32_t>(record.epochs.size()) + 1;
    epoch.steps = 10;
    epoch.loss = judged.loss;
    epoch.test_accuracy = judged.accuracy;
    record.epochs.push_back(epoch);
  }
  return record;
}

Training training_of(std::vector<SeedRecord> seeds) {
  Training training;
  training.target = 0.8;
  training.seeds = std::move(seeds);
  training.device.resize(3);
  training.failing.resize(3);
  return training;
}

double number_of(const Training& training, const std::string& key) {
  for (const auto& [name, value] : learning_numbers(training))
    if (name == key) return value;
  FAIL("no number " << key);
  return 0;
}

}  // namespace

TEST_CASE("an epoch whose loss is no number reaches no target, whatever is judged behind it") {
  for (const double none : {kNoNumber, std::numeric_limits<double>::infinity()}) {
    const Training training = training_of({seed_of(1, {{1, 0.5}, {none, 0.84}, {none, 0.84}})});
    CHECK_FALSE(to_target(training, training.seeds[0]));
    CHECK_FALSE(steps_between(training.seeds[0], 0.8));
    CHECK(number_of(training, "reached_share") == 0);
  }
  const Training good = training_of({seed_of(1, {{1, 0.5}, {0.5, 0.84}})});
  CHECK(to_target(good, good.seeds[0])->epochs == 2);
}

TEST_CASE("a target is crossed between two judged epochs, in proportion; in the first nobody can tell") {
  CHECK_FALSE(steps_between(seed_of(1, {{1, 0.9}}), 0.8));
  CHECK_THAT(*steps_between(seed_of(1, {{1, 0.7}, {1, 0.9}}), 0.8), Catch::Matchers::WithinRel(15.0, 1e-12));
  CHECK_FALSE(steps_between(seed_of(1, {{1, 0.7}, {1, 0.75}}), 0.8));
}

TEST_CASE("a seed has diverged from the epoch behind which it never had a loss again") {
  CHECK_FALSE(seed_of(1, {{1, 0.5}, {0.5, 0.6}}).diverged_in());
  CHECK_FALSE(seed_of(1, {{1, 0.5}, {kNoNumber, 0}, {0.5, 0.6}}).diverged_in());  // it came back
  CHECK(seed_of(1, {{kNoNumber, 0}, {1, 0.5}, {kNoNumber, 0}}).diverged_in() == 3);
  CHECK(seed_of(1, {{1, 0.5}, {kNoNumber, 0}, {kNoNumber, 0}}).diverged_in() == 2);
}

TEST_CASE(
    "results are those of the seeds that did not diverge, with a warning; of none left they are invalid") {
  const SeedRecord good = seed_of(1, {{1, 0.5}, {1, 0.6}}), better = seed_of(2, {{1, 0.6}, {1, 0.9}}),
                   bad = seed_of(7, {{1, 0.5}, {kNoNumber, 0}, {kNoNumber, 0}});
  Training training = training_of({good, bad, better});
  training.device[0].energy_j = training.device[1].energy_j = training.device[2].energy_j = 2;
  CHECK(number_of(training, "diverged_seeds") == 1);
  CHECK(number_of(training, "accuracy") == 0.75);
  CHECK(number_of(training, "accuracy_low") == 0.6);
  CHECK(number_of(training, "epochs") == 2);
  CHECK(number_of(training, "training_energy_j") == 4);
  CHECK_THAT(number_of(training, "reached_share"), Catch::Matchers::WithinRel(1 / 3.0, 1e-12));
  training.validity = judge({}, {}, training);
  CHECK(training.validity.state() == std::string("warn"));
  CHECK_THAT(learning_text(training, "t"),
             Catch::Matchers::Contains("diverged in epoch 2 (seed 7)") &&
                 Catch::Matchers::Contains("1 of 3 seeds; what follows is of the others") &&
                 Catch::Matchers::Contains("not reached by 1 of 2 seeds"));
  // What is told of the target is of the seeds that are left, too.
  const Training reached = training_of({better, bad});
  CHECK(number_of(reached, "steps_to_accuracy") == 20);
  CHECK(number_of(reached, "reached_share") == 0.5);
  const Training none = training_of({bad});
  CHECK(judge({}, {}, none).invalid());
  CHECK(number_of(none, "accuracy") == 0);
  CHECK(judge({}, {}, training_of({good})).state() == std::string("ok"));
}

TEST_CASE("a training is judged by the heat of the epochs it learnt in, by the limits of a run") {
  experiment::ExperimentConfig experiment;
  experiment.soc.package.skin.emplace();
  soc::ChipPlan plan;
  for (const char* block : {"tile", "memory", "regulators"}) {
    plan.floorplan.blocks.emplace_back();
    plan.floorplan.blocks.back().name = block;
  }
  plan.memory_block = 1;
  plan.regulator_block = 2;
  Training training = training_of({seed_of(1, {{1, 0.5}, {0.5, 0.6}})});
  for (DeviceEpoch& epoch : training.device) {
    epoch.peak_block_c = {60, 60, 60};
    epoch.skin_c = 30;
  }
  const auto worst = [&] {
    const report::Validity found = judge(experiment, plan, training);
    return found.findings.empty() ? "" : found.findings.front().code;
  };
  CHECK(worst() == "");
  const double die_c = experiment.governor.guard.shutdown_c + 1;
  training.device[2].peak_block_c[0] = die_c;  // nobody learnt in it
  CHECK(worst() == "");
  training.device[1].peak_block_c[0] = die_c;
  CHECK(worst() == "die_too_hot");
  training.device[1].peak_block_c = {60, experiment.soc.memory.dram.refresh.limit_c + 1, 60};
  CHECK(worst() == "memory_too_hot");
  training.device[1].peak_block_c = {60, 60, experiment.soc.board.regulator_limit_c + 1};
  CHECK(worst() == "regulators_too_hot");
  training.device[1].peak_block_c = {60, 60, 60};
  training.device[0].skin_c = experiment.soc.package.skin_limit_c + 1;
  CHECK(worst() == "skin_too_hot");
  CHECK(number_of(training, "skin_temperature_c") == training.device[0].skin_c);
  training.device[0].skin_c = 30;
  training.device[2].shut_down = true;
  CHECK(worst() == "shutdown");
  training.seeds[0].epochs[1].test_accuracy = 0.9;  // it had what it wanted before
  CHECK(worst() == "");
}

TEST_CASE("only a device that starts cold can be done before anything warms") {
  Training training = training_of({seed_of(1, {{1, 0.5}})});
  for (DeviceEpoch& epoch : training.device) {
    epoch.time_s = 0.01;
    epoch.hottest_c = 84;
  }
  CHECK_THAT(heat_text(training), Catch::Matchers::Contains("settled"));
  training.starts_cold = true;
  CHECK_THAT(heat_text(training), Catch::Matchers::Contains("before anything warms"));
}
