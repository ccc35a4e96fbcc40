// SPDX-License-Identifier: MIT
// A training begins with the weights of its ONNX model: what it gives out before the first step is what the
// model does, computed here by plain loops.
#include "unit/train/first_weights.h"

#include <cmath>

#include "support/catch.h"
#include "support/onnx_writer.h"

using namespace kiln;
using namespace kiln::train;
namespace file = kiln::test::onnx;
using Catch::Matchers::WithinRel;
using testing::ByModel;
using testing::data_of;

namespace {

float number_at(std::size_t place, int seed) {
  return static_cast<float>(std::sin(2.1 * static_cast<double>(place + 1) + 0.7 * seed));
}

std::vector<float> numbers(std::size_t count, int seed, float scale, float offset = 0) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = offset + scale * number_at(i, seed);
  return values;
}

/// 2 channels of 6 x 6; convolution, batch norm, relu, pool, two products, in channels-first order.
struct Model {
  std::vector<float> kernel = numbers(3 * 2 * 3 * 3, 1, 0.4f), scale = numbers(3, 2, 0.3f, 1),
                     shift = numbers(3, 3, 0.5f), mean = numbers(3, 4, 0.2f),
                     variance = numbers(3, 5, 0.3f, 0.8f), hidden = numbers(5 * 27, 6, 0.3f),
                     hidden_bias = numbers(5, 7, 0.2f), out = numbers(5 * 4, 8, 0.8f),
                     out_bias = numbers(4, 9, 0.4f);

  /// The hidden weights lie turned in the file and are turned back; those of the output are (in, out).
  std::string bytes() const {
    std::vector<float> turned(hidden.size());
    for (std::size_t o = 0; o < 5; ++o)
      for (std::size_t i = 0; i < 27; ++i) turned[i * 5 + o] = hidden[o * 27 + i];
    file::Graph graph;
    graph.input("x", {-9, 2, 6, 6}).output("y");
    graph.initializer(file::reals("stem.weight", {3, 2, 3, 3}, kernel))
        .initializer(file::reals("norm.weight", {3}, scale))
        .initializer(file::reals("norm.bias", {3}, shift))
        .initializer(file::reals("norm.mean", {3}, mean))
        .initializer(file::reals("norm.var", {3}, variance))
        .initializer(file::reals("hidden.turned", {27, 5}, turned))
        .initializer(file::reals("hidden.bias", {5}, hidden_bias))
        .initializer(file::reals("out.weight", {5, 4}, out))
        .initializer(file::reals("out.bias", {4}, out_bias));
    graph.node("Conv", {"x", "stem.weight"}, {"c"}, file::integers("pads", {1, 1, 1, 1}))
        .node("BatchNormalization", {"c", "norm.weight", "norm.bias", "norm.mean", "norm.var"}, {"n"},
              file::real("epsilon", 0.001f))
        .node("Relu", {"n"}, {"r"})
        .node("MaxPool", {"r"}, {"p"},
              file::integers("kernel_shape", {2, 2}) + file::integers("strides", {2, 2}))
        .node("Flatten", {"p"}, {"f"})
        .node("Transpose", {"hidden.turned"}, {"hidden.weight"}, file::integers("perm", {1, 0}))
        .node("Gemm", {"f", "hidden.weight", "hidden.bias"}, {"h"}, file::integer("transB", 1))
        .node("Relu", {"h"}, {"a"})
        .node("MatMul", {"a", "out.weight"}, {"m"})
        .node("Add", {"m", "out.bias"}, {"y"});
    return graph.model();
  }

  /// `x` has its channels innermost, as learning has them.
  std::vector<double> logits(std::span<const float> x) const {
    std::vector<double> pooled;
    for (std::size_t o = 0; o < 3; ++o) {
      std::vector<double> map(36);
      for (int y = 0; y < 6; ++y)
        for (int u = 0; u < 6; ++u) {
          double sum = 0;
          for (std::size_t i = 0; i < 2; ++i)
            for (int dy = -1; dy <= 1; ++dy)
              for (int dx = -1; dx <= 1; ++dx) {
                if (y + dy < 0 || y + dy > 5 || u + dx < 0 || u + dx > 5) continue;
                const auto at = static_cast<std::size_t>((y + dy) * 6 + u + dx);
                const auto k = ((o * 2 + i) * 3 + static_cast<std::size_t>(dy + 1)) * 3 +
                               static_cast<std::size_t>(dx + 1);
                sum += double{x[at * 2 + i]} * kernel[k];
              }
          const double normed = (sum - mean[o]) / std::sqrt(variance[o] + 0.001) * scale[o] + shift[o];
          map[static_cast<std::size_t>(y * 6 + u)] = std::max(0.0, normed);
        }
      for (std::size_t y = 0; y < 6; y += 2)
        for (std::size_t u = 0; u < 6; u += 2)
          pooled.push_back(std::max(std::max(map[y * 6 + u], map[y * 6 + u + 1]),
                                    std::max(map[y * 6 + u + 6], map[y * 6 + u + 7])));
    }
    std::vector<double> result(out_bias.begin(), out_bias.end());
    for (std::size_t h = 0; h < 5; ++h) {
      double sum = hidden_bias[h];
      for (std::size_t i = 0; i < 27; ++i) sum += pooled[i] * double{hidden[h * 27 + i]};
      for (std::size_t k = 0; k < 4; ++k) result[k] += std::max(0.0, sum) * double{out[h * 4 + k]};
    }
    return result;
  }
};

ByModel judged_by(const Model& model, const learning::Dataset& data) {
  return testing::judged_by([&](std::span<const float> x) { return model.logits(x); }, data);
}

experiment::ExperimentConfig experiment_of(const kiln::testing::ScratchFolder& scratch, const Model& model,
                                           const std::string& training = "batch: 8",
                                           const std::string& learning = "") {
  return testing::experiment_of_model(scratch, model.bytes(), training, learning);
}

learning::LossTotals judged_at_first(const experiment::ExperimentConfig& experiment,
                                     const learning::TrainAndTest& data) {
  const learning::TrainingSetup setup = training_setup(experiment);
  return learning::Trainer(setup, data, 1).judge();
}

}  // namespace

TEST_CASE("before the first step a training gives out what its ONNX model does") {
  const kiln::testing::ScratchFolder scratch;
  const Model model;
  // What is frozen, and what is trained beside it, begins with the model's numbers, too.
  for (const char* training : {"batch: 8", "batch: 8, optimizer: {kind: adam}", "batch: 8, bias_only: true",
                               "batch: 8, lora_rank: 2", "batch: 8, freeze: {prefix_layers: 1}"}) {
    INFO(training);
    const experiment::ExperimentConfig experiment = experiment_of(scratch, model, training);
    const learning::TrainAndTest data = data_of(experiment);
    const ByModel expected = judged_by(model, data.test);
    const learning::LossTotals found = judged_at_first(experiment, data);
    CHECK_THAT(found.mean(), WithinRel(expected.loss, 1e-4));
    CHECK(found.accuracy() == Approx(expected.accuracy));
  }
}

TEST_CASE("random weights are begun with when that is asked for, and numbers of a model count once") {
  const kiln::testing::ScratchFolder scratch;
  const Model model;
  const experiment::ExperimentConfig experiment =
      experiment_of(scratch, model, "batch: 8", ", weights: random");
  CHECK_FALSE(training_setup(experiment).first);
  const learning::TrainAndTest data = data_of(experiment);
  CHECK(std::abs(judged_at_first(experiment, data).mean() - judged_by(model, data.test).loss) > 1e-3);
}

TEST_CASE("the summary says what is begun with and how good it is") {
  const kiln::testing::ScratchFolder scratch;
  const Model model;
  const experiment::ExperimentConfig experiment = experiment_of(scratch, model);
  const run::Monitor monitor;
  const Numbers numbers(experiment, monitor, output::Cache{});
  const std::string text = numbers.first_weights_text();
  // 54 of the kernel, 2 x 3 of the norm, 27 x 5 + 5, 5 x 4 + 4.
  CHECK_THAT(text, kiln::testing::contains("224 of 224 from ") && kiln::testing::contains("model.onnx"));
  const ByModel expected = judged_by(model, data_of(experiment).test);
  CHECK_THAT(text, kiln::testing::contains(fmt::format("accuracy {:.2f} %", 100 * expected.accuracy)));
}
