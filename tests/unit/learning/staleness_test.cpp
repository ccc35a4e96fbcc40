// SPDX-License-Identifier: MIT
// Gradients of weights that have missed updates: the recurrence of delayed gradient descent and its limit.
#include "learning/staleness.h"

#include <numbers>

#include "learning/trainer.h"
#include "support/catch.h"
#include "support/scratch_folder.h"
#include "unit/learning/steps.h"

using namespace kiln;
using namespace kiln::learning;
using Catch::Matchers::WithinAbs;
using kiln::testing::contains;

namespace {

StalenessConfig always(std::size_t missed) {
  StalenessConfig config;
  config.missed.assign(missed + 1, 0);
  config.missed.back() = 1;
  return config;
}

/// One weight and one bias, input 1, wanted 0: with s = weight + bias the gradient of each is a multiple of
/// s.
class Scalar {
 public:
  explicit Scalar(const StalenessConfig& config)
      : trained_(parse_network("  - {name: z, op: linear, out: 1}\n", "{channels: 1}", "mean_squared_error"),
                 fp32_training(1)),
        history_(trained_.graph, config, 1) {
    const auto values = trained_.values("z.weight");
    values[0] = 1;
    trained_.executor.context().history = &history_;
    history_.begin(trained_.executor.tensors());
  }

  double sum() {
    double all = 0;
    for (const float value : trained_.values("z.weight")) all += double{value};
    return all;
  }

  void step(double rate) {
    OptimizerSettings settings;
    settings.learning_rate = rate;
    settings.momentum = 0;
    trained_.executor.step(number_++, settings, [](int, std::span<float> input, Targets& targets) {
      input[0] = 1;
      targets.values = {0};
    });
  }

 private:
  Trained trained_;
  WeightHistory history_;
  std::int64_t number_ = 0;
};

/// How much of s a step with rate 1 would take away.
double slope() {
  Scalar scalar(always(0));
  const double before = scalar.sum();
  scalar.step(0.01);
  return (before - scalar.sum()) / before / 0.01;
}

TrainingSetup small_setup() {
  TrainingSetup setup;
  setup.network = workload::build_network(
      parse_network("  - {name: f, op: flatten}\n  - {name: h, op: linear, out: 12, act: relu}\n"
                    "  - {name: z, op: linear, out: 4}\n",
                    "{channels: 1, height: 8, width: 8}"));
  setup.training = fp32_training(16);
  setup.learning.data.samples = 320;
  setup.learning.data.test_samples = 160;
  setup.learning.data.generator.classes = 4;
  setup.learning.rate.initial = 0.05;
  return setup;
}

}  // namespace

TEST_CASE("weights that miss d updates follow s(k + 1) = s(k) - a s(k - d)") {
  for (const std::size_t missed : {0, 1, 4}) {
    INFO(missed);
    Scalar scalar(always(missed));
    const double rate = 0.05, a = rate * slope();
    std::vector<double> expected = {scalar.sum()};
    for (int k = 0; k < 60; ++k) {
      const std::size_t last = expected.size() - 1;
      expected.push_back(expected[last] - a * expected[last - std::min(last, missed)]);
      scalar.step(rate);
      CHECK_THAT(scalar.sum(), WithinAbs(expected.back(), 1e-4));
    }
  }
}

TEST_CASE("delayed descent is stable up to a = 2 sin(pi / (2 (2 d + 1)))") {
  // The roots of z^(d+1) - z^d + a leave the unit circle there.
  for (const std::size_t missed : {1, 3, 8}) {
    const double limit = 2 * std::sin(std::numbers::pi / (2 * (2 * static_cast<double>(missed) + 1)));
    Scalar below(always(missed)), above(always(missed));
    double at_first = 0, at_last_below = 0, at_last_above = 0;
    for (int k = 0; k < 600; ++k) {
      below.step(0.95 * limit / slope());
      above.step(1.05 * limit / slope());
      if (k < 50) at_first = std::max(at_first, std::abs(above.sum()));
      if (k >= 550) at_last_below = std::max(at_last_below, std::abs(below.sum()));
      if (k >= 550) at_last_above = std::max(at_last_above, std::abs(above.sum()));
    }
    INFO(missed);
    CHECK(at_last_below < 0.1);
    CHECK(at_last_above > 2 * at_first);
  }
}

TEST_CASE("a training whose gradients miss nothing is the one without staleness") {
  TrainingSetup plain = small_setup(), fresh = small_setup(), late = small_setup(), critical = small_setup();
  fresh.learning.staleness = always(0);
  late.learning.staleness = always(6);
  critical.learning.staleness = always(6);
  critical.learning.staleness->critical = {"*"};
  const TrainAndTest data = load_data(plain.learning.data, plain.network, 1);
  const EpochResult a = Trainer(plain, data, 3).epoch({}), b = Trainer(fresh, data, 3).epoch({}),
                    c = Trainer(late, data, 3).epoch({}), d = Trainer(critical, data, 3).epoch({});
  CHECK(a.loss == b.loss);
  CHECK(a.test_accuracy == b.test_accuracy);
  CHECK(b.missed_updates == 0);
  CHECK(a.loss == d.loss);
  CHECK(c.loss > a.loss);
  // 20 steps: the first six can miss no more than there were.
  CHECK(c.missed_updates == 14 * 6 + 15);
}

TEST_CASE("a stale training that goes on from what was kept ends with the same bits") {
  TrainingSetup setup = small_setup();
  setup.learning.staleness = StalenessConfig{};
  setup.learning.staleness->missed = {4, 0, 3, 1};
  const TrainAndTest data = load_data(setup.learning.data, setup.network, 1);
  Trainer whole(setup, data, 5);
  whole.epoch({});
  Trainer resumed(setup, data, 5);
  resumed.load(whole.save());
  const EpochResult a = whole.epoch({}), b = resumed.epoch({});
  CHECK(a.loss == b.loss);
  CHECK(a.missed_updates == b.missed_updates);
  CHECK(whole.save() == resumed.save());
  // Mean of the histogram: (3 x 2 + 1 x 3) / 8 over 20 steps, within three standard errors.
  CHECK_THAT(static_cast<double>(a.missed_updates) / 20, WithinAbs(9.0 / 8, 3 * 1.17 / std::sqrt(20.0)));
}

TEST_CASE("a fleet's histogram is taken, anything else refused by name") {
  const kiln::testing::ScratchFolder scratch;
  StalenessConfig config;
  config.fleet = config::InputFile(scratch.write("summary.json", R"({"name": "f", "staleness": [1, 0, 3]})"));
  CHECK(shares_of(config, 4) == std::vector<Shares>{{0.25, 0, 0.75}});
  for (const char* text :
       {"", "[]", "{}", R"({"staleness": []})", R"({"staleness": [0, 0]})", R"({"staleness": [1, -1]})",
        R"({"staleness": ["many"]})", R"({"staleness": 3})"}) {
    config.fleet = config::InputFile(scratch.write("other.json", text));
    CHECK_THROWS_WITH(shares_of(config, 4), contains("kiln fleet"));
  }
}

TEST_CASE("critical layers that are none are refused") {
  TrainingSetup setup = small_setup();
  setup.learning.staleness = always(1);
  setup.learning.staleness->critical = {"conv*"};
  const TrainAndTest data = load_data(setup.learning.data, setup.network, 1);
  CHECK_THROWS_WITH(Trainer(setup, data, 1), contains("no layer fits 'conv*'"));
}

namespace {

/// Two samples, a worker each, of the network of Scalar: s(k + 1) = s(k) - a / 2 (s(k - d1) + s(k - d2)).
std::vector<double> sums_of_two(const StalenessConfig& config, double rate, int steps) {
  Trained trained(parse_network("  - {name: z, op: linear, out: 1}\n", "{channels: 1}", "mean_squared_error"),
                  fp32_training(2), 2);
  WeightHistory history(trained.graph, config, 1, 2);
  trained.values("z.weight")[0] = 1;
  trained.executor.context().history = &history;
  history.begin(trained.executor.tensors());
  std::vector<double> sums;
  OptimizerSettings settings;
  settings.learning_rate = rate;
  settings.momentum = 0;
  for (int k = 0; k < steps; ++k) {
    double sum = 0;
    for (const float value : trained.values("z.weight")) sum += double{value};
    sums.push_back(sum);
    trained.executor.step(k, settings, [](int, std::span<float> input, Targets& targets) {
      std::fill(input.begin(), input.end(), 1.0f);
      targets.values = {0, 0};
    });
  }
  return sums;
}

}  // namespace

TEST_CASE("workers that each miss updates of their own add up gradients of different versions") {
  const double rate = 0.05, a = rate * slope();
  StalenessConfig config;
  config.workers = {{{0, 1}}, {{0, 0, 0, 0, 1}}};  // one and four, always
  std::vector<double> expected = {1};
  for (std::size_t k = 0; k + 1 < 60; ++k)
    expected.push_back(
        expected[k] -
        a / 2 * (expected[k - std::min<std::size_t>(k, 1)] + expected[k - std::min<std::size_t>(k, 4)]));
  const std::vector<double> found = sums_of_two(config, rate, 60);
  // Bias and weight begin with what initialisation gives the bias: 0.
  for (std::size_t k = 0; k < found.size(); ++k)
    CHECK_THAT(found[k], WithinAbs(expected[k] * found[0], 1e-4));
}

TEST_CASE("workers that miss the same updates are the same whether they draw alone or together") {
  StalenessConfig together = always(2), apart = always(2), each;
  apart.per_worker = true;
  each.workers = {{{0, 0, 1}}, {{0, 0, 1}}};
  CHECK(sums_of_two(together, 0.05, 30) == sums_of_two(apart, 0.05, 30));
  CHECK(sums_of_two(together, 0.05, 30) == sums_of_two(each, 0.05, 30));
}

TEST_CASE("a training of workers of their own staleness is resumed with the same bits and counts the mean") {
  TrainingSetup setup = small_setup();
  setup.workers = 4;
  setup.learning.staleness = StalenessConfig{};
  setup.learning.staleness->workers = {{{1}}, {{1}}, {{0, 0, 1}}, {{0, 0, 1}}};
  const TrainAndTest data = load_data(setup.learning.data, setup.network, 1);
  Trainer whole(setup, data, 5);
  CHECK(whole.epoch({}).missed_updates == (1 + 18 * 2) / 2.0);
  Trainer resumed(setup, data, 5);
  resumed.load(whole.save());
  CHECK(whole.epoch({}).loss == resumed.epoch({}).loss);
  CHECK(whole.save() == resumed.save());
  setup.workers = 2;
  CHECK_THROWS_WITH(Trainer(setup, data, 5), contains("tells the staleness of 4 workers, but 2 learn"));
}

TEST_CASE("devices of a fleet give each worker its histogram; what is made of weights once is refused") {
  const kiln::testing::ScratchFolder scratch;
  StalenessConfig config;
  config.per_worker = true;
  config.fleet = config::InputFile(
      scratch.write("fleet.json", R"({"staleness": [4, 1], "staleness_by_device": [[3], [1, 1]]})"));
  CHECK(shares_of(config, 2) == std::vector<Shares>{{1}, {0.5, 0.5}});
  CHECK(shares_of(without_file(config, 2), 2) == shares_of(config, 2));
  CHECK_THROWS_WITH(shares_of(config, 3), contains("but 3 learn"));
  config.fleet = config::InputFile(scratch.write("old.json", R"({"staleness": [4, 1]})"));
  CHECK_THROWS_WITH(shares_of(config, 2), contains("staleness_by_device"));
  TrainingSetup setup = small_setup();
  setup.workers = 2;
  setup.training.quantisation_aware.emplace();
  setup.learning.staleness = always(1);
  setup.learning.staleness->per_worker = true;
  const TrainAndTest data = load_data(setup.learning.data, setup.network, 1);
  CHECK_THROWS_WITH(Trainer(setup, data, 1), contains("quantisation_aware"));
}
