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
  CHECK(shares_of(config) == std::vector<double>{0.25, 0, 0.75});
  for (const char* text :
       {"", "[]", "{}", R"({"staleness": []})", R"({"staleness": [0, 0]})", R"({"staleness": [1, -1]})",
        R"({"staleness": ["many"]})", R"({"staleness": 3})"}) {
    config.fleet = config::InputFile(scratch.write("other.json", text));
    CHECK_THROWS_WITH(shares_of(config), contains("kiln fleet"));
  }
}

TEST_CASE("critical layers that are none are refused") {
  TrainingSetup setup = small_setup();
  setup.learning.staleness = always(1);
  setup.learning.staleness->critical = {"conv*"};
  const TrainAndTest data = load_data(setup.learning.data, setup.network, 1);
  CHECK_THROWS_WITH(Trainer(setup, data, 1), contains("no layer fits 'conv*'"));
}
