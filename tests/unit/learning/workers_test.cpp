// SPDX-License-Identifier: MIT
// Workers are slices of one batch, and the same step gives the same bits.
#include "support/catch.h"
#include "unit/learning/steps.h"

using namespace kiln;
using namespace kiln::learning;

namespace {

workload::NetworkConfig one_convolution() {
  return parse_network(
      "  - {name: a, op: conv, out: 6, kernel: 3, norm: batch, act: relu}\n"
      "  - {name: p, op: max_pool, kernel: 2, stride: 2}\n  - {name: f, op: linear, out: 12, act: relu}\n"
      "  - {name: g, op: global_pool}\n  - {name: z, op: linear, out: 4}\n",
      "{channels: 3, height: 8, width: 8}");
}

std::vector<float> weights_after(
    int workers, int steps, GradientExchange* exchange = nullptr,
    workload::NormStatistics statistics = workload::NormStatistics::synchronised) {
  workload::TrainingConfig training = fp32_training(16);
  training.norm_statistics = statistics;
  Trained trained(one_convolution(), training, workers, 0, exchange);
  for (int i = 0; i < steps; ++i) trained.step(i);
  std::vector<float> all;
  for (const char* name : {"a.weight", "f.weight", "z.weight"}) {
    const auto values = trained.values(name);
    all.insert(all.end(), values.begin(), values.end());
  }
  return all;
}

std::vector<compression::Codec> codecs(const compression::CodecConfig& config) {
  return std::vector<compression::Codec>(5, compression::Codec(config));
}

GradientExchange exchange_of(const compression::CodecConfig& config, int workers) {
  return {codecs(config), {"a", "p", "f", "g", "z"}, workers, 3};
}

}  // namespace

TEST_CASE("eight workers without a codec do what one does with the whole batch, to rounding") {
  const std::vector<float> one = weights_after(1, 10);
  for (const int workers : {2, 5, 8}) {
    INFO(workers);
    CHECK(relative_difference(weights_after(workers, 10), one) < 1e-6);
  }
  // With statistics of their own they are other trainings.
  CHECK(relative_difference(weights_after(8, 10, nullptr, workload::NormStatistics::per_tile), one) > 1e-4);
}

TEST_CASE("the same steps leave the same bits") {
  CHECK(weights_after(3, 5) == weights_after(3, 5));
  compression::CodecConfig config;
  config.selection = compression::Selection::top_k;
  config.density = 0.1;
  config.values = compression::Values::int4;
  config.rounding = compression::Rounding::stochastic;
  config.error_feedback = true;
  GradientExchange first = exchange_of(config, 4), second = exchange_of(config, 4);
  CHECK(weights_after(4, 5, &first) == weights_after(4, 5, &second));
}

TEST_CASE("gradients that are sent as fp32 in full are those that are not sent") {
  GradientExchange dense = exchange_of({}, 4);
  CHECK(weights_after(4, 5, &dense) == weights_after(4, 5));
}

TEST_CASE("each worker keeps what it did not send") {
  compression::CodecConfig config;
  config.selection = compression::Selection::top_k;
  config.density = 0.05;
  config.error_feedback = true;
  GradientExchange exchange = exchange_of(config, 4);
  const std::vector<float> coded = weights_after(4, 3, &exchange);
  CHECK(relative_difference(coded, weights_after(4, 3)) > 1e-4);
  int residuals = 0;
  for (const compression::State& state : exchange.states()) residuals += !state.residual.empty();
  CHECK(residuals == 3 * 4);  // layers with weights, workers
  CHECK(exchange.states()[0].residual != exchange.states()[1].residual);
  const SentCounts sent = exchange.sent(0);
  CHECK(sent.messages == 3 * 4);
  CHECK(static_cast<double>(sent.kept) / static_cast<double>(sent.elements) < 0.06);
  CHECK(sent.bits > 0);
}

TEST_CASE("EF21 delivers what receiver and sender both have") {
  compression::CodecConfig config;
  config.selection = compression::Selection::top_k;
  config.density = 1;
  config.error_feedback = true;
  config.feedback_rule = compression::FeedbackRule::ef21;
  GradientExchange exchange = exchange_of(config, 2);
  // All differences are sent: the receiver has the gradient itself.
  CHECK(relative_difference(weights_after(2, 4, &exchange), weights_after(2, 4)) < 1e-6);
}

TEST_CASE("factors of low rank of eight workers are those of one with the whole batch, to rounding") {
  compression::CodecConfig config;
  config.selection = compression::Selection::power_sgd;
  config.rank = 2;
  config.error_feedback = true;
  const auto after = [&](int workers) {
    std::vector<GradientExchange::Matrices> matrices;
    const Trained shapes(one_convolution(), fp32_training(16));
    for (const char* layer : {"a", "p", "f", "g", "z"}) {
      matrices.emplace_back();
      for (const workload::Tensor& tensor : shapes.graph.tensors)
        if (tensor.cls == workload::TensorClass::weight_gradient &&
            shapes.graph.layers[static_cast<std::size_t>(tensor.layer)].name == layer)
          matrices.back() = workload::matrices_of(tensor.parts);
    }
    GradientExchange exchange(codecs(config), {"a", "p", "f", "g", "z"}, workers, 3, matrices);
    std::vector<float> weights = weights_after(workers, 10, &exchange);
    // 6 x 27, 12 x 6 and 4 x 12 as factors; scales, shifts and biases as they are.
    CHECK(exchange.total().bits ==
          10 * workers * 32 * (2 * (6 + 27) + 12 + 2 * (12 + 6) + 12 + 2 * (4 + 12) + 4));
    return weights;
  };
  const std::vector<float> one = after(1);
  for (const int workers : {2, 8}) CHECK(relative_difference(after(workers), one) < 1e-5);
  CHECK(relative_difference(one, weights_after(1, 10)) > 1e-3);
}

TEST_CASE("more workers than samples are refused with the key") {
  CHECK_THROWS_WITH(weights_after(17, 1), testing::contains("training.batch"));
}
