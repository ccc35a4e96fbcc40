// SPDX-License-Identifier: MIT
#include "learning/data/outputs.h"

#include "base/error.h"

namespace kiln::learning {

namespace {

void check_values(const workload::Shape& input, const workload::Shape& output) {
  if (output.elements() != input.elements())
    throw base::ConfigError(
        {}, "workload.loss",
        fmt::format("mean_squared_error learns to give the input of {} back, but the output "
                    "is {}; it needs as many values, or take cross_entropy",
                    input.text(), output.text()));
}

/// Slopes of two softmaxes in a row vanish where the network is sure, right or wrong.
void check_logits(const workload::Network& network) {
  int last = network.outputs.front().layer;
  const auto layer = [&]() -> const workload::Layer& {
    return network.layers[static_cast<std::size_t>(last)];
  };
  while (last != workload::kNetworkInput && layer().view) last = layer().inputs.front().layer;
  if (last == workload::kNetworkInput || !std::holds_alternative<workload::Softmax>(layer().operation))
    return;
  throw base::ConfigError(
      {}, "workload.layers",
      fmt::format(
          "end in the softmax '{}', and cross_entropy forms one itself, so the network would learn from "
          "a softmax of a softmax; remove that layer (of an ONNX model: `kiln import model.onnx -o "
          "model.yaml`, remove its line there, workload: model.yaml)",
          layer().name));
}

}  // namespace

std::int64_t classes_of(const workload::Network& network) {
  return network.loss == workload::LossKind::cross_entropy
             ? network.shape_of(network.outputs.front()).channels()
             : 0;
}

bool reads_tokens(const workload::Network& network) {
  return std::holds_alternative<workload::LookUp>(network.layers.front().operation);
}

void check_outputs(const workload::Network& network, bool made) {
  const workload::Shape& output = network.shape_of(network.outputs.front());
  if (network.loss == workload::LossKind::mean_squared_error) return check_values(network.input, output);
  check_logits(network);
  const bool tokens = made && reads_tokens(network);
  const std::int64_t labels = tokens ? network.input.elements() : 1;
  if (output.positions() != labels)
    throw base::ConfigError({}, "workload.layers",
                            fmt::format("end in {}, so each sample needs {} classes, but the data have {} of "
                                        "one; {}",
                                        output.text(), output.positions(), labels,
                                        tokens ? "tokens that are made want one output row for each"
                                               : "end in a pool or a flatten and a linear layer"));
}

}  // namespace kiln::learning
