// SPDX-License-Identifier: MIT
// Steps without gradients: the slope that they go by, where they leave the weights, and that they learn.
#include "learning/direction.h"
#include "learning/trainer.h"
#include "support/catch.h"
#include "unit/learning/steps.h"

using namespace kiln;
using namespace kiln::learning;
using workload::TensorClass;

namespace {

constexpr const char* kLayers =
    "  - {name: a, op: conv, out: 6, kernel: 3, act: tanh}\n  - {name: b, op: depthwise, kernel: 3, act: "
    "tanh}\n"
    "  - {name: f, op: flatten}\n  - {name: z, op: linear, out: 3}\n";
constexpr const char* kInput = "{channels: 2, height: 5, width: 5}";

workload::TrainingConfig without_gradients(std::int64_t batch) {
  workload::TrainingConfig training = fp32_training(batch);
  training.kind = workload::TrainingKind::zeroth_order;
  training.optimizer = {workload::OptimizerKind::sgd, false};
  return training;
}

/// The direction of a step over a block of a layer, part behind part.
std::vector<float> direction_of(const workload::Tensor& block, const std::string& layer, std::int64_t step) {
  std::vector<float> direction(static_cast<std::size_t>(block.elements()), 0.0f);
  for (const workload::Part& part : block.parts)
    move_along({0, layer, part.kind, step}, 1, 1,
               std::span(direction).subspan(static_cast<std::size_t>(part.offset),
                                            static_cast<std::size_t>(part.elements())));
  return direction;
}

std::string layer_of(const workload::Tensor& tensor) {
  return tensor.name.substr(0, tensor.name.rfind('.'));
}

/// Of the loss along the direction of `step`, by the gradients of an ordinary step.
double slope_by_gradients(const workload::TrainingConfig& training, std::int64_t step) {
  workload::TrainingConfig ordinary = training;
  ordinary.kind = workload::TrainingKind::step;
  Trained trained(parse_network(kLayers, kInput), ordinary);
  trained.step(step, 0);
  double slope = 0;
  for (const workload::Tensor& tensor : trained.graph.tensors) {
    if (tensor.cls != TensorClass::weight_gradient) continue;
    const std::vector<float> z = direction_of(tensor, layer_of(tensor), step);
    const std::span<const float> gradient = trained.executor.tensors().of(tensor.id, 0);
    for (std::size_t i = 0; i < z.size(); ++i) slope += double{z[i]} * gradient[i];
  }
  return slope;
}

}  // namespace

TEST_CASE("the slope of two losses is that of the gradients along the direction") {
  for (const int micro_batches : {1, 2})
    for (const int workers : {1, 3})
      for (const std::int64_t step : {0, 1, 2}) {
        INFO(micro_batches << " micro-batches, " << workers << " workers, step " << step);
        workload::TrainingConfig training = without_gradients(12);
        training.micro_batches = micro_batches;
        Trained trained(parse_network(kLayers, kInput), training, workers);
        trained.step(step, 0);
        const double slope = slope_by_gradients(training, step);
        CHECK_THAT(trained.values("z.slope")[0],
                   Catch::Matchers::WithinAbs(slope, 1e-3 + 0.005 * std::abs(slope)));
      }
}

TEST_CASE("a step leaves the weights down the slope along its direction, fused or not") {
  for (const bool fused : {false, true})
    for (const double rate : {0.0, 0.05}) {
      workload::TrainingConfig training = without_gradients(6);
      training.fused_restore = fused;
      Trained trained(parse_network(kLayers, kInput), training);
      std::vector<std::vector<float>> before;
      for (const workload::Tensor& tensor : trained.graph.tensors)
        if (tensor.cls == TensorClass::weight) {
          const std::span<float> values = trained.executor.tensors().all(tensor.id);
          before.emplace_back(values.begin(), values.end());
        }
      trained.step(4, rate);
      const double slope = trained.values("z.slope")[0];
      CHECK(std::abs(slope) > 1e-3);
      std::size_t block = 0;
      for (const workload::Tensor& tensor : trained.graph.tensors) {
        if (tensor.cls != TensorClass::weight) continue;
        const std::vector<float> z = direction_of(tensor, layer_of(tensor), 4);
        std::vector<float> wanted = before[block++];
        for (std::size_t i = 0; i < z.size(); ++i)
          wanted[i] -= static_cast<float>(rate * slope * double{z[i]});
        CHECK(relative_difference(trained.executor.tensors().all(tensor.id), wanted) < 1e-6);
      }
    }
}

TEST_CASE("directions are standard normal, and differ from step to step and layer to layer") {
  const auto drawn = [](const char* layer, std::int64_t step) {
    std::vector<float> values(20000, 0.0f);
    move_along({7, layer, workload::PartKind::weight, step}, 1, 1, values);
    return values;
  };
  const std::vector<float> z = drawn("a", 3);
  double sum = 0, squares = 0, with_next = 0, with_other = 0;
  const std::vector<float> next = drawn("a", 4), other = drawn("b", 3);
  for (std::size_t i = 0; i < z.size(); ++i) {
    sum += double{z[i]};
    squares += double{z[i]} * z[i];
    with_next += double{z[i]} * next[i];
    with_other += double{z[i]} * other[i];
  }
  const double n = static_cast<double>(z.size());
  CHECK(std::abs(sum / n) < 0.03);
  CHECK_THAT(squares / n, Catch::Matchers::WithinAbs(1, 0.04));
  CHECK(std::abs(with_next / n) < 0.03);
  CHECK(std::abs(with_other / n) < 0.03);
  CHECK(drawn("a", 3) == z);
}

TEST_CASE("a network learns its classes without gradients, and goes on from what was kept") {
  TrainingSetup setup;
  setup.network =
      workload::build_network(parse_network("  - {name: f, op: flatten}\n  - {name: z, op: linear, out: 4}\n",
                                            "{channels: 1, height: 8, width: 8}"));
  setup.training = without_gradients(32);
  setup.learning.data.samples = 640;
  setup.learning.data.test_samples = 320;
  setup.learning.data.generator.classes = 4;
  setup.learning.epochs = 20;
  setup.learning.rate.initial = 0.01;
  setup.workers = 2;
  const TrainAndTest data = load_data(setup.learning.data, setup.network, 1);
  Trainer trainer(setup, data, 1), resumed(setup, data, 1);
  const double first = trainer.epoch({}).test_accuracy;
  const std::string kept = trainer.save();
  double last = 0;
  for (int i = 1; i < setup.learning.epochs; ++i) last = trainer.epoch({}).test_accuracy;
  INFO(first << " behind one epoch, " << last << " at the end");
  CHECK(last > 0.8);
  CHECK(last > first);
  resumed.load(kept);
  for (int i = 1; i < setup.learning.epochs; ++i) resumed.epoch({});
  CHECK(resumed.save() == trainer.save());
}
