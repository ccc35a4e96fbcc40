// SPDX-License-Identifier: MIT
// The shipped networks and the tables they are held against.
#pragma once

#include <string>

#include "base/csv.h"
#include "base/file.h"
#include "config/load.h"
#include "workload/expand.h"

namespace kiln::workload {

inline NetworkConfig shipped(const std::string& name) {
  return config::load<NetworkConfig>(std::string(KILN_SOURCE_DIR) + "/configs/workloads/" + name + ".yaml")
      .value;
}

inline base::CsvTable reference(const std::string& name) {
  const std::string path = std::string(KILN_SOURCE_DIR) + "/tests/reference/training/" + name + ".csv";
  return base::CsvTable(path, base::read_file(path));
}

/// Everything in fp32 and no second copy of the weights: the rules of the reference tables.
inline TrainingConfig full_precision(std::int64_t batch) {
  TrainingConfig training;
  training.batch = batch;
  const Precision fp32 = Precision::fp32;
  training.precision = {fp32, fp32, fp32, fp32, fp32, fp32, fp32, fp32, fp32};
  return training;
}

/// Values of the forward pass that backward operations read, each operation's reads counted. Masks, pooling
/// indices, attention scores' second reading, recurrent cells and squeeze-excite factors are not in the
/// reference's rules.
inline std::int64_t saved_reads(const StepGraph& graph) {
  std::int64_t elements = 0;
  for (const Op& op : graph.ops) {
    if (op.phase != Phase::wgrad && op.phase != Phase::dgrad) continue;
    const std::string& kind = graph.layers[op.layer].kind;
    const bool by_rule = kind == "conv" || kind == "depthwise" || kind == "linear";
    // The norm's second pass reads the same saved input again.
    if (!by_rule || op.name.ends_with("/norm_backward")) continue;
    for (const TensorId id : op.reads) {
      const Tensor& tensor = graph.tensors[id];
      const bool kept = tensor.cls == TensorClass::saved || tensor.cls == TensorClass::input;
      const bool sigmoid_output = op.name.ends_with("se_fc2/act_backward");
      if (kept && tensor.bits_per_element > 4 && !sigmoid_output) elements += tensor.elements();
    }
  }
  return elements;
}

/// No layers whose saved values the table counts by other rules.
inline bool only_rules_of_the_table(const NetworkConfig& network) {
  for (const LayerConfig& layer : network.layers) {
    switch (layer.op) {
      case LayerOp::lstm:
      case LayerOp::embedding:
      case LayerOp::layernorm:
      case LayerOp::attention_scores:
        return false;
      default:
        break;
    }
  }
  return true;
}

}  // namespace kiln::workload
