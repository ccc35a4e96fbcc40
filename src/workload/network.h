// SPDX-License-Identifier: MIT
// A network with every shape resolved: the forward graph, one typed operation per layer. Parameters and
// multiply-accumulates are exact and per sample.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "workload/network_config.h"
#include "workload/operation.h"
#include "workload/part.h"
#include "workload/shape.h"

namespace kiln::workload {

inline constexpr int kNetworkInput = -1;

/// An output of a layer, or the network's input.
struct ValueRef {
  int layer = kNetworkInput;
  int output = 0;
  bool operator==(const ValueRef&) const = default;
};

struct Layer {
  std::string name;
  LayerOp op = LayerOp::conv;
  std::vector<ValueRef> inputs;
  Operation operation;
  Shape in;                       ///< of the first input
  Shape out;                      ///< of the output; of one that is cut into parts, the whole of it
  std::vector<Shape> outputs;     ///< one, or the parts
  bool view = false;              ///< the output is the tensor of the first input
  int tied_to = kNetworkInput;    ///< embedding that owns the weights
  int routed_by = kNetworkInput;  ///< `top_k` layer of a mixture of experts
  Norm norm = Norm::none;
  Activation act = Activation::none;
  double epsilon = 1e-5;  ///< of the norm
  bool trained = true;    ///< unless the training says otherwise
  Parts parts;            ///< what the layer owns, one behind another
  std::int64_t macs = 0;  ///< forward, per sample

  std::int64_t parameters() const { return elements_of(parts); }
  bool owns(PartKind kind) const { return elements_of(parts, kind) > 0; }
  /// Layers whose weights enter a GEMM: what "25 % of the layers frozen" counts.
  bool is_weighted() const;
};

struct Network {
  std::string name;
  Shape input;
  LossKind loss = LossKind::cross_entropy;
  std::vector<Layer> layers;
  std::vector<ValueRef> outputs;  ///< what the loss is formed on

  std::int64_t parameters() const;
  std::int64_t forward_macs() const;
  /// Layers that the loss reads, each once, in order.
  std::vector<int> output_layers() const;
  const Shape& shape_of(const ValueRef& value) const;
  /// Index of a layer. Throws ConfigError at `key` with the nearest name.
  int find(const std::string& layer, const std::string& key) const;
  /// Indices of the weighted layers in order.
  std::vector<int> weighted_layers() const;
};

/// Resolves one layer after the other, as they come.
class NetworkBuilder {
 public:
  NetworkBuilder(std::string name, Shape input, LossKind loss = LossKind::cross_entropy);

  /// Infers the shapes of a layer that reads earlier ones, by name. Throws Misfit (layer_kind.h) or
  /// std::out_of_range, and is as it was then.
  const Layer& add(const LayerConfig&);
  const Network& network() const { return network_; }
  /// The network whose loss is formed on these outputs; none: on those of the last layer. Throws Misfit.
  Network take(const std::vector<std::string>& outputs = {});

 private:
  Network network_;
  std::map<std::string, int> index_;
};

/// Infers all shapes. Throws ConfigError with every layer that does not fit.
Network build_network(const NetworkConfig&);

/// Forward multiply-accumulates of one sample. Throws std::out_of_range for counts above 2^42.
std::int64_t forward_macs(const Operation&);

}  // namespace kiln::workload
