// SPDX-License-Identifier: MIT
// Trainings that begin with the weights of an ONNX model, and what the model itself would be judged like.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "config/load.h"
#include "support/scratch_folder.h"
#include "train/numbers.h"

namespace kiln::testing {

/// In fp32 throughout; `training` and `learning` are further keys of these sections.
inline experiment::ExperimentConfig experiment_of_model(const ScratchFolder& scratch, const std::string& onnx,
                                                        const std::string& training,
                                                        const std::string& learning = "") {
  scratch.write("model.onnx", onnx);
  const std::string path = scratch.write(
      "e.yaml", "name: e\nworkload: model.onnx\nsoc: " + std::string(KILN_SOURCE_DIR) +
                    "/configs/soc/edge_lpddr5.yaml\ntraining: {" + training +
                    ", precision: {weights: fp32, activations: fp32, saved_activations: fp32, errors: fp32, "
                    "gradients: fp32, forward: fp32, dgrad: fp32, wgrad: fp32}}\n"
                    "learning: {data: {samples: 64, test_samples: 200, generator: {classes: 4}}" +
                    learning + "}\n");
  return config::load<experiment::ExperimentConfig>(path).value;
}

inline learning::TrainAndTest data_of(const experiment::ExperimentConfig& experiment) {
  return learning::load_data(experiment.learning->data, experiment::network_of(experiment), 1);
}

struct ByModel {
  double loss = 0, accuracy = 0;
};

/// Cross entropy and accuracy of what `logits` makes of each sample.
inline ByModel judged_by(const std::function<std::vector<double>(std::span<const float>)>& logits,
                         const learning::Dataset& data) {
  ByModel judged;
  const auto size = static_cast<std::size_t>(data.sample_values);
  for (std::size_t s = 0; s < static_cast<std::size_t>(data.size()); ++s) {
    const std::vector<double> y = logits(std::span(data.values).subspan(s * size, size));
    const auto label = static_cast<std::size_t>(data.classes[s]);
    double sum = 0;
    for (const double value : y) sum += std::exp(value);
    judged.loss += std::log(sum) - y[label];
    judged.accuracy += std::max_element(y.begin(), y.end()) - y.begin() == static_cast<std::ptrdiff_t>(label);
  }
  judged.loss /= static_cast<double>(data.size());
  judged.accuracy /= static_cast<double>(data.size());
  return judged;
}

}  // namespace kiln::testing
