// SPDX-License-Identifier: MIT
#include "learning/optimizer.h"

#include <cmath>

#include "base/error.h"

namespace kiln::learning {

namespace {

void sgd(const OptimizerSettings& s, std::span<const float> gradient, std::span<float> weights) {
  const auto rate = static_cast<float>(s.learning_rate), decay = static_cast<float>(s.weight_decay);
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] -= rate * (gradient[i] + decay * weights[i]);
}

void momentum(const OptimizerSettings& s, std::span<const float> gradient, std::span<float> weights,
              std::span<float> velocity) {
  const auto rate = static_cast<float>(s.learning_rate), kept = static_cast<float>(s.momentum),
             decay = static_cast<float>(s.weight_decay);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const float g = gradient[i] + decay * weights[i];
    velocity[i] = kept * velocity[i] + g;
    weights[i] -= rate * (s.nesterov ? g + kept * velocity[i] : velocity[i]);
  }
}

void adam(const OptimizerSettings& s, std::int64_t step, std::span<const float> gradient,
          std::span<float> weights, std::span<float> first, std::span<float> second) {
  const auto b1 = static_cast<float>(s.beta1), b2 = static_cast<float>(s.beta2),
             fresh1 = static_cast<float>(1 - s.beta1), fresh2 = static_cast<float>(1 - s.beta2),
             epsilon = static_cast<float>(s.epsilon), decay = static_cast<float>(s.weight_decay);
  const auto t = static_cast<double>(step);
  const auto rate = static_cast<float>(s.learning_rate / (1 - std::pow(s.beta1, t)));
  const auto deviation = static_cast<float>(1 / std::sqrt(1 - std::pow(s.beta2, t)));
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const float g = gradient[i] + decay * weights[i];
    first[i] = b1 * first[i] + fresh1 * g;
    second[i] = b2 * second[i] + fresh2 * g * g;
    weights[i] -= rate * first[i] / (std::sqrt(second[i]) * deviation + epsilon);
  }
}

}  // namespace

void optimize(workload::OptimizerKind kind, const OptimizerSettings& settings, std::int64_t step,
              std::span<const float> gradient, std::span<float> weights, std::span<float> state) {
  const std::size_t size = weights.size();
  KILN_CHECK(gradient.size() == size, "{} gradients for {} weights", gradient.size(), size);
  switch (kind) {
    case workload::OptimizerKind::sgd:
      return sgd(settings, gradient, weights);
    case workload::OptimizerKind::momentum:
      KILN_CHECK(state.size() == size, "{} velocities for {} weights", state.size(), size);
      return momentum(settings, gradient, weights, state);
    case workload::OptimizerKind::adam:
      KILN_CHECK(state.size() == 2 * size, "{} moments for {} weights", state.size(), size);
      return adam(settings, step, gradient, weights, state.first(size), state.subspan(size));
  }
}

}  // namespace kiln::learning
