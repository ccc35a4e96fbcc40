// SPDX-License-Identifier: MIT
// What one training hands on to another: weights, weights held at zero, a teacher.
#include <algorithm>
#include <cmath>

#include "learning/trainer.h"
#include "support/catch.h"
#include "unit/learning/steps.h"

using namespace kiln;
using namespace kiln::learning;

namespace {

TrainingSetup handed_setup(const std::string& layers) {
  TrainingSetup setup;
  setup.network = workload::build_network(parse_network(layers, "{channels: 1, height: 8, width: 8}"));
  setup.training = fp32_training(16);
  setup.learning.data.samples = 640;
  setup.learning.data.test_samples = 320;
  setup.learning.data.generator.classes = 4;
  setup.learning.epochs = 3;
  setup.learning.rate.initial = 0.05;
  return setup;
}

const std::string kConvolutional =
    "  - {name: a, op: conv, out: 6, kernel: 3, norm: batch, act: relu}\n"
    "  - {name: p, op: max_pool, kernel: 2, stride: 2}\n  - {name: f, op: flatten}\n"
    "  - {name: z, op: linear, out: 4}\n";
const std::string kPlain =
    "  - {name: a, op: conv, out: 6, kernel: 3, act: relu}\n"
    "  - {name: p, op: max_pool, kernel: 2, stride: 2}\n  - {name: f, op: flatten}\n"
    "  - {name: z, op: linear, out: 4}\n";

std::vector<float> weights_of(const Model& model, const std::string& layer) {
  return model.weights.at(layer + ".weight");
}

}  // namespace

TEST_CASE("a training that begins from another's model judges as that one did") {
  const TrainingSetup setup = handed_setup(kConvolutional);
  const TrainAndTest data = load_data(setup.learning.data, setup.network, 1);
  Trainer first(setup, data, 1), second(setup, data, 2);
  for (int i = 0; i < 2; ++i) first.epoch({});
  const LossTotals learnt = first.judge();
  CHECK(second.judge().loss != learnt.loss);
  CHECK(second.begin_from(first.model()) == 6 * 9 + 2 * 6 + 4 * 96 + 4);  // no bias in front of the norm
  CHECK(second.judge().loss == learnt.loss);
  CHECK(second.judge().correct == learnt.correct);
}

TEST_CASE("layers of other shapes begin anew") {
  const TrainingSetup setup = handed_setup(kPlain);
  TrainingSetup wider = handed_setup(
      "  - {name: a, op: conv, out: 6, kernel: 3, act: relu}\n  - {name: p, op: max_pool, kernel: 2, stride: "
      "2}\n"
      "  - {name: f, op: flatten}\n  - {name: y, op: linear, out: 8, act: relu}\n"
      "  - {name: z, op: linear, out: 4}\n");
  const TrainAndTest data = load_data(setup.learning.data, setup.network, 1);
  Trainer first(setup, data, 1), second(wider, data, 2);
  CHECK(second.begin_from(first.model()) == 6 * 9 + 6);
  CHECK(weights_of(second.model(), "a") == weights_of(first.model(), "a"));
}

TEST_CASE("a training that prunes what another learnt holds the smallest of its weights at zero") {
  TrainingSetup setup = handed_setup(kConvolutional);
  const TrainAndTest data = load_data(setup.learning.data, setup.network, 1);
  Trainer whole(setup, data, 1);
  whole.epoch({});
  const std::vector<float> before = weights_of(whole.model(), "z");
  TrainingSetup sparse = setup;
  sparse.training.pruning.emplace().sparsity = 0.75;
  Trainer trainer(sparse, data, 1);
  trainer.begin_from(whole.model());
  CHECK(trainer.mask()->held() == std::llround(0.75 * 54) + std::llround(0.75 * 384));
  std::vector<float> sizes(before.begin(), before.begin() + 384);
  for (float& value : sizes) value = std::abs(value);
  std::sort(sizes.begin(), sizes.end());
  const std::vector<float> pruned = weights_of(trainer.model(), "z");
  for (std::size_t i = 0; i < 384; ++i)  // the largest quarter is as it was
    CHECK(pruned[i] == (std::abs(before[i]) >= sizes[288] ? before[i] : 0.0f));
  const double accuracy = trainer.epoch({}).test_accuracy;
  const std::vector<float> after = weights_of(trainer.model(), "z");
  for (std::size_t i = 0; i < 384; ++i) CHECK((after[i] == 0) == (pruned[i] == 0));
  CHECK(accuracy > 0.6);
}

TEST_CASE("a training with pruning holds the smallest of its first weights at zero, resumed too") {
  TrainingSetup setup = handed_setup(kConvolutional);
  setup.training.pruning.emplace().sparsity = 0.9;
  const TrainAndTest data = load_data(setup.learning.data, setup.network, 1);
  Trainer trainer(setup, data, 1);
  const std::vector<float> first = weights_of(trainer.model(), "z");
  trainer.epoch({});
  Trainer resumed(setup, data, 1);
  resumed.load(trainer.save());
  trainer.epoch({});
  resumed.epoch({});
  const std::vector<float> after = weights_of(trainer.model(), "z");
  CHECK(std::count(after.begin(), after.begin() + 384, 0.0f) == std::llround(0.9 * 384));
  for (std::size_t i = 0; i < 384; ++i) CHECK((after[i] == 0) == (first[i] == 0));
  CHECK(weights_of(resumed.model(), "z") == after);
}

TEST_CASE("of every m weights along the inputs n stay") {
  TrainingSetup setup = handed_setup(kPlain);
  const TrainAndTest data = load_data(setup.learning.data, setup.network, 1);
  setup.training.pruning.emplace().pattern = workload::SparsityPattern::n_of_m;
  Trainer trainer(setup, data, 1);
  const std::vector<float> pruned = weights_of(trainer.model(), "z");
  for (std::size_t row = 0; row < 4; ++row)
    for (std::size_t at = 0; at < 96; at += 4) {
      const std::size_t end = std::min<std::size_t>(at + 4, 96);
      CHECK(std::count_if(pruned.begin() + static_cast<std::ptrdiff_t>(row * 96 + at),
                          pruned.begin() + static_cast<std::ptrdiff_t>(row * 96 + end),
                          [](float v) { return v != 0; }) == 2);
    }
}

TEST_CASE("a student that is its teacher has nothing to learn from it, another one has") {
  TrainingSetup setup = handed_setup(kPlain);
  const TrainAndTest data = load_data(setup.learning.data, setup.network, 1);
  Trainer teacher(setup, data, 1);
  for (int i = 0; i < 3; ++i) teacher.epoch({});
  const Model known = teacher.model();
  const double taught = teacher.judge().accuracy();

  setup.teacher = TeacherModel{setup.network, known, 1, 4};
  workload::DistillationConfig distillation;
  distillation.teacher = parse_network(kPlain, "{channels: 1, height: 8, width: 8}");
  distillation.precision = workload::Precision::fp32;
  setup.training.distillation = distillation;
  Trainer same(setup, data, 1), other(setup, data, 7);
  same.begin_from(known);
  same.epoch({});
  const std::vector<float> was = weights_of(known, "z"), is = weights_of(same.model(), "z");
  for (std::size_t i = 0; i < was.size(); ++i) CHECK(is[i] == Approx(was[i]).margin(1e-4));
  for (int i = 0; i < 3; ++i) other.epoch({});
  CHECK(other.judge().accuracy() > taught - 0.05);  // from the teacher's word alone, without a label
}
