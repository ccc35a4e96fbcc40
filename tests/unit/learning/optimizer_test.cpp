// SPDX-License-Identifier: MIT
// Optimizers against the vectors of ONNX's backend tests (libonnx-testdata 1.12: test_momentum,
// test_nesterov_momentum, test_adam).
#include "learning/optimizer.h"

#include <cmath>

#include "support/catch.h"

using namespace kiln;
using namespace kiln::learning;
using workload::OptimizerKind;

namespace {

void check_near(const std::vector<float>& values, std::vector<float> wanted) {
  for (std::size_t i = 0; i < wanted.size(); ++i)
    CHECK_THAT(values[i], Catch::Matchers::WithinRel(wanted[i], 1e-5f));
}

}  // namespace

TEST_CASE("momentum and Nesterov's as ONNX computes them") {
  // R 0.1, T 0, X (1.2, 2.8), G (-0.94, -2.5), V (1.7, 3.6), norm_coefficient 0.001, alpha 0.95.
  OptimizerSettings settings;
  settings.learning_rate = 0.1;
  settings.momentum = 0.95;
  settings.weight_decay = 0.001;
  std::vector<float> weights = {1.2f, 2.8f}, velocity = {1.7f, 3.6f};
  const std::vector<float> gradient = {-0.94f, -2.5f};
  optimize(OptimizerKind::momentum, settings, 1, gradient, weights, velocity);
  check_near(velocity, {0.6762f, 0.9228f});
  check_near(weights, {1.13238f, 2.70772f});
  // The same with alpha 0.95, norm_coefficient 0.01: new weights X - R (G + alpha V).
  settings.weight_decay = 0.01;
  settings.nesterov = true;
  weights = {1.2f, 2.8f};
  velocity = {1.7f, 3.6f};
  optimize(OptimizerKind::momentum, settings, 1, gradient, weights, velocity);
  check_near(velocity, {0.687f, 0.948f});
  check_near(weights, {1.227535f, 2.95714f});
}

TEST_CASE("Adam as ONNX computes it without corrections, that is after many steps") {
  OptimizerSettings settings;
  settings.learning_rate = 0.1;
  settings.beta1 = 0.95;
  settings.beta2 = 0.1;
  settings.epsilon = 1e-7;
  settings.weight_decay = 0.001;
  std::vector<float> weights = {1.2f, 2.8f}, state = {1.7f, 3.6f, 0.1f, 0.1f};
  optimize(OptimizerKind::adam, settings, 1 << 20, std::vector<float>{-0.94f, -2.5f}, weights, state);
  check_near(weights, {1.02503633f, 2.66103268f});
  check_near(state, {1.56806004f, 3.29513979f, 0.80321079f, 5.62240696f});
}

TEST_CASE("Adam by its closed form") {
  OptimizerSettings settings;
  settings.learning_rate = 0.1;
  std::vector<float> weights = {1, 1}, state = {0, 0, 0, 0};
  optimize(OptimizerKind::adam, settings, 1, std::vector<float>{0.5f, -2}, weights, state);
  check_near(weights, {0.9f, 1.1f});  // the first step has the length of the rate
  check_near(state, {0.05f, -0.2f, 0.00025f, 0.004f});
  // A second, equal gradient: moments over their corrections are the gradient and its square again.
  optimize(OptimizerKind::adam, settings, 2, std::vector<float>{0.5f, -2}, weights, state);
  check_near(weights, {0.8f, 1.2f});
}
