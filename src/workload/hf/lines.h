// SPDX-License-Identifier: MIT
// The lines of a network while they are written. Internal to hf.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "workload/network_config.h"

namespace kiln::workload::hf {

class Lines {
 public:
  explicit Lines(NetworkConfig& network) : network_(network) {}

  /// A layer that reads `from`, or without it the one before; names get `prefix` in front. What is returned
  /// lives until the next one is added.
  LayerConfig& add(std::string name, LayerOp op, std::vector<std::string> from = {}) {
    LayerConfig layer;
    layer.name = prefix + std::move(name);
    layer.op = op;
    layer.from = std::move(from);
    network_.layers.push_back(std::move(layer));
    return network_.layers.back();
  }
  LayerConfig& linear(std::string name, std::vector<std::string> from, std::int64_t out, bool bias) {
    LayerConfig& layer = add(std::move(name), LayerOp::linear, std::move(from));
    layer.out = out;
    if (!bias) layer.bias = false;
    return layer;
  }
  const std::string& last() const { return network_.layers.back().name; }
  NetworkConfig& network() { return network_; }

  std::string prefix;  ///< "layers.3."

 private:
  NetworkConfig& network_;
};

}  // namespace kiln::workload::hf
