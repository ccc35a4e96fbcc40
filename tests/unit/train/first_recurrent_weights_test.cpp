// SPDX-License-Identifier: MIT
// Recurrent layers begin with the numbers of their ONNX model: what they give out is what the operators'
// definitions say, computed here by plain loops.
#include "unit/train/first_weights.h"

#include <cmath>

#include "support/catch.h"
#include "support/onnx_writer.h"

using namespace kiln;
using namespace kiln::train;
namespace file = kiln::test::onnx;
using Catch::Matchers::WithinRel;

namespace {

constexpr std::size_t kSteps = 5, kIn = 3, kHidden = 4, kClasses = 4;

std::vector<float> waves(std::size_t count, double seed, double scale) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i)
    values[i] = static_cast<float>(scale * std::sin(1.7 * static_cast<double>(i + 1) + seed));
  return values;
}

double squashed(double x) {
  return 1 / (1 + std::exp(-x));
}

/// A recurrent node, its hidden states of all steps side by side, and a product.
struct RecurrentModel {
  std::string op, direction;
  std::string attributes = {};
  std::size_t gates() const { return op == "LSTM" ? 4 : 3; }
  std::size_t ways() const { return direction == "bidirectional" ? 2 : 1; }
  std::vector<float> weights() const { return waves(ways() * gates() * kHidden * kIn, 0.3, 0.9); }
  std::vector<float> recurrent() const { return waves(ways() * gates() * kHidden * kHidden, 1.1, 0.7); }
  std::vector<float> biases() const { return waves(ways() * 2 * gates() * kHidden, 2.2, 0.5); }
  std::vector<float> out() const { return waves(kSteps * ways() * kHidden * kClasses, 3.0, 0.6); }

  std::string bytes() const {
    const auto rows = static_cast<std::int64_t>(gates() * kHidden), w = static_cast<std::int64_t>(ways());
    const auto features = static_cast<std::int64_t>(kSteps * ways() * kHidden);
    file::Graph graph;
    graph.input("x", {kSteps, -9, kIn}).output("y");
    graph.initializer(file::reals("w", {w, rows, kIn}, weights()))
        .initializer(file::reals("r", {w, rows, kHidden}, recurrent()))
        .initializer(file::reals("b", {w, 2 * rows}, biases()))
        .initializer(file::reals("out", {features, kClasses}, out()));
    graph
        .node(op, {"x", "w", "r", "b"}, {"states"},
              file::integer("hidden_size", kHidden) + file::text("direction", direction) + attributes, "rnn")
        .node("Transpose", {"states"}, {"turned"}, file::integers("perm", {2, 0, 1, 3}))
        .node("Flatten", {"turned"}, {"flat"})
        .node("MatMul", {"flat", "out"}, {"y"});
    return graph.model();
  }

  /// Hidden states by step of one way, as the operators' definitions have them (ONNX, LSTM-14 and GRU-14).
  std::vector<std::vector<double>> states(std::span<const float> x, std::size_t way, bool reverse) const {
    const std::vector<float> w = weights(), r = recurrent(), b = biases();
    std::vector<std::vector<double>> all(kSteps);
    std::vector<double> hidden(kHidden, 0), cell(kHidden, 0);
    for (std::size_t n = 0; n < kSteps; ++n) {
      const std::size_t t = reverse ? kSteps - 1 - n : n;
      const auto input = [&](std::size_t gate, std::size_t i) {
        const std::size_t row = (way * gates() + gate) * kHidden + i;
        double sum = b[(way * 2 * gates() + gate) * kHidden + i];
        for (std::size_t k = 0; k < kIn; ++k) sum += double{w[row * kIn + k]} * x[t * kIn + k];
        return sum;
      };
      const auto state = [&](std::size_t gate, std::size_t i) {
        const std::size_t row = (way * gates() + gate) * kHidden + i;
        double sum = b[((way * 2 + 1) * gates() + gate) * kHidden + i];
        for (std::size_t k = 0; k < kHidden; ++k) sum += double{r[row * kHidden + k]} * hidden[k];
        return sum;
      };
      std::vector<double> next(kHidden);
      for (std::size_t i = 0; i < kHidden; ++i) {
        if (op == "LSTM") {  // input, output, forget, cell
          const double in = squashed(input(0, i) + state(0, i)), o = squashed(input(1, i) + state(1, i)),
                       forget = squashed(input(2, i) + state(2, i)), c = std::tanh(input(3, i) + state(3, i));
          cell[i] = forget * cell[i] + in * c;
          next[i] = o * std::tanh(cell[i]);
        } else {  // update, reset, hidden
          const double update = squashed(input(0, i) + state(0, i)),
                       reset = squashed(input(1, i) + state(1, i)),
                       fresh = std::tanh(input(2, i) + reset * state(2, i));
          next[i] = (1 - update) * fresh + update * hidden[i];
        }
      }
      hidden = all[t] = next;
    }
    return all;
  }

  std::vector<double> logits(std::span<const float> x) const {
    const std::vector<float> last = out();
    std::vector<double> y(kClasses, 0);
    for (std::size_t way = 0; way < ways(); ++way) {
      const auto all = states(x, way, way == 1 || direction == "reverse");
      for (std::size_t t = 0; t < kSteps; ++t)
        for (std::size_t i = 0; i < kHidden; ++i)
          for (std::size_t k = 0; k < kClasses; ++k)
            y[k] += all[t][i] * double{last[((t * ways() + way) * kHidden + i) * kClasses + k]};
    }
    return y;
  }
};

struct Begun {
  double loss = 0, loss_of_model = 0;
  bool has_first = false;  ///< numbers for the recurrent layers
};

Begun begun_with(const RecurrentModel& model) {
  const testing::ScratchFolder scratch;
  const experiment::ExperimentConfig experiment =
      testing::experiment_of_model(scratch, model.bytes(), "batch: 8");
  const learning::TrainingSetup setup = training_setup(experiment);
  const learning::TrainAndTest data = testing::data_of(experiment);
  const auto logits = [&](std::span<const float> x) { return model.logits(x); };
  Begun begun{learning::Trainer(setup, data, 1).judge().mean(), testing::judged_by(logits, data.test).loss};
  for (const auto& entry : setup.first->parts) begun.has_first |= entry.first.starts_with("rnn");
  return begun;
}

}  // namespace

TEST_CASE("recurrent layers give out what their ONNX model does") {
  const std::string behind = file::integer("linear_before_reset", 1);
  for (const RecurrentModel& model :
       {RecurrentModel{"LSTM", "forward"}, RecurrentModel{"LSTM", "reverse"},
        RecurrentModel{"LSTM", "bidirectional"}, RecurrentModel{"GRU", "forward", behind},
        RecurrentModel{"GRU", "bidirectional", behind}}) {
    INFO(model.op << ' ' << model.direction);
    const Begun begun = begun_with(model);
    CHECK(begun.has_first);
    CHECK_THAT(begun.loss, WithinRel(begun.loss_of_model, 1e-5));
  }
}

TEST_CASE("cells of another law begin with random weights") {
  CHECK_FALSE(begun_with({"GRU", "forward"}).has_first);
  CHECK_FALSE(begun_with({"LSTM", "forward", file::real("clip", 3.0f)}).has_first);
}
