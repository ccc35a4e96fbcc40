// SPDX-License-Identifier: MIT
// Small networks trained for the tests of learning: steps on numbers that follow from their places.
#pragma once

#include <cmath>
#include <string>

#include "config/load.h"
#include "learning/arithmetic.h"
#include "learning/initial.h"
#include "learning/step_executor.h"
#include "workload/expand.h"
#include "workload/transforms.h"

namespace kiln::learning {

inline workload::NetworkConfig parse_network(const std::string& layers, const std::string& input,
                                             const std::string& loss = "cross_entropy") {
  const std::string text =
      "name: test\nsource: test\nloss: " + loss + "\ninput: " + input + "\nlayers:\n" + layers;
  return config::read_tree<workload::NetworkConfig>(config::parse_yaml("test.yaml", text), "").value;
}

inline workload::PrecisionConfig all_fp32() {
  const auto fp32 = workload::Precision::fp32;
  return {fp32, fp32, fp32, fp32, fp32, fp32, fp32, fp32, fp32};
}

inline workload::TrainingConfig fp32_training(std::int64_t batch) {
  workload::TrainingConfig training;
  training.batch = batch;
  training.precision = all_fp32();
  return training;
}

/// Values between -1 and 1 that look like no pattern.
inline float value_at(std::int64_t place, int seed) {
  return static_cast<float>(
      std::sin(1.7 * static_cast<double>(place + 1) + 0.31 * static_cast<double>(place % 7) + seed));
}

/// Inputs and targets from the numbers of the samples, so that any split into workers sees the same.
struct MadeUpData {
  std::int64_t entries = 0;  ///< of a table of tokens; 0: numbers

  template <class Graph>
  StepExecutor::Fill fill(const Graph& graph, std::int64_t positions, std::int64_t outputs,
                          bool classes) const {
    const std::int64_t batch = graph.batch, first_entries = entries;
    return [=](int micro, std::span<float> input, Targets& targets) {
      const auto start = static_cast<std::int64_t>(input.size()) * micro;
      for (std::size_t i = 0; i < input.size(); ++i) {
        const std::int64_t place = start + static_cast<std::int64_t>(i);
        input[i] =
            first_entries > 0 ? static_cast<float>((place * 7 + 3) % first_entries) : value_at(place, 5);
      }
      targets.classes.clear();
      targets.values.clear();
      for (std::int64_t i = 0; i < batch * positions; ++i) {
        if (classes)
          targets.classes.push_back(static_cast<std::int32_t>((i + micro * batch * positions) * 5 % outputs));
        for (std::int64_t k = 0; !classes && k < outputs; ++k)
          targets.values.push_back(value_at(i * outputs + k + micro, 9));
      }
    };
  }
};

/// A network with its step, filled with weights.
struct Trained {
  workload::Network network;
  workload::StepGraph graph;
  StepExecutor executor;
  MadeUpData data;

  Trained(const workload::NetworkConfig& config, const workload::TrainingConfig& training, int workers = 1,
          std::int64_t entries = 0, GradientExchange* exchange = nullptr)
      : network(workload::build_network(workload::rewrite(config, training))),
        graph(workload::expand(network, training)),
        executor(graph, {&network}, workers, exchange),
        data{entries} {
    prepare_thread();
    fill_initial(graph, executor.tensors(), 11);
  }

  StepExecutor::Fill fill() const {
    const workload::Shape& out = network.layers.back().out;
    const bool classes = network.loss == workload::LossKind::cross_entropy;
    return classes ? data.fill(graph, out.positions(), out.channels(), true)
                   : data.fill(graph, 1, out.elements(), false);
  }
  StepResult step(std::int64_t number = 0, double rate = 0.05) {
    OptimizerSettings settings;
    settings.learning_rate = rate;
    return executor.step(number, settings, fill());
  }
  std::span<float> values(const std::string& name) {
    return executor.tensors().all(find_tensor(graph, name));
  }
};

inline double norm(std::span<const float> values) {
  double sum = 0;
  for (const float value : values) sum += double{value} * value;
  return std::sqrt(sum);
}

/// Norm of the difference over the norm.
inline double relative_difference(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (double{a[i]} - b[i]) * (double{a[i]} - b[i]);
  return std::sqrt(sum) / norm(b);
}

}  // namespace kiln::learning
