// SPDX-License-Identifier: MIT
// A network with every shape resolved. Parameters and multiply-accumulates are exact and per sample.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "workload/network_config.h"
#include "workload/step_graph.h"

namespace kiln::workload {

/// Of one sample. A sequence has height = tokens and width = 1.
struct Shape {
  std::int64_t channels = 0, height = 1, width = 1;
  std::int64_t positions() const { return height * width; }
  std::int64_t elements() const { return channels * height * width; }
  bool operator==(const Shape&) const = default;
};

inline constexpr int kNetworkInput = -1;

struct Layer {
  std::string name;
  LayerOp op = LayerOp::conv;
  std::vector<int> inputs;  ///< layer indices, or kNetworkInput
  Shape in, out;            ///< `in` is the shape of the first input
  ConvShape window;         ///< convolutions and pools
  std::int32_t groups = 1, heads = 1, split = 1;
  std::int64_t class_tokens = 0;
  TokenPick token = TokenPick::first;
  int tied_to = -1;  ///< embedding that owns the weights
  Norm norm = Norm::none;
  Activation act = Activation::none;
  std::int64_t weight_parameters = 0, bias_parameters = 0, norm_parameters = 0;
  std::int64_t macs = 0;  ///< forward, per sample
  std::int64_t parameters() const { return weight_parameters + bias_parameters + norm_parameters; }
  /// Layers whose weights enter a GEMM: what "25 % of the layers frozen" counts.
  bool is_weighted() const;
};

struct Network {
  std::string name;
  Shape input;
  LossKind loss = LossKind::cross_entropy;
  std::vector<Layer> layers;

  std::int64_t parameters() const;
  std::int64_t forward_macs() const;
  /// Index of a layer. Throws ConfigError at `key` with the nearest name.
  int find(const std::string& layer, const std::string& key) const;
  /// Indices of the weighted layers, in order.
  std::vector<int> weighted_layers() const;
};

/// Infers all shapes. Throws ConfigError with every layer that does not fit.
Network build_network(const NetworkConfig&);

}  // namespace kiln::workload
