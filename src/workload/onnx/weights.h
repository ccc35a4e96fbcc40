// SPDX-License-Identifier: MIT
// The numbers of a model's weights, as layers of the network that was imported hold them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "workload/onnx/flat_graph.h"
#include "workload/onnx/options.h"
#include "workload/part.h"

namespace kiln::workload::onnx {

/// Where a part of a layer's parameters is in the model: scale x value + offset. Of batch norms
/// PartKind::mean is the running mean, and deviation the running variance with epsilon in it.
struct WeightSource {
  std::string layer;
  PartKind part = PartKind::weight;
  ValueId value = kAbsent;
  bool transposed = false;  ///< (in, out) in the file, (out, in) here
  double scale = 1, offset = 0;
  /// Of inputs that are a whole map: its extents as the model has them, and the axis of the channels, which
  /// lie innermost in Kiln's maps. Empty: inputs are in the same order.
  Dims map = {};
  int channel_axis = 0;
  /// Of values that are as many equal blocks, one behind the other, as `blocks` says: those that are taken,
  /// in the order they have here. Empty: all as they are.
  int blocks = 1;
  std::vector<int> taken = {};
};

/// By layer and part, in the order of the part's extents.
using ModelWeights = std::map<std::string, std::map<PartKind, std::vector<float>>>;

/// What can be read: tensors of the file, and what Identity, Cast, Transpose, DequantizeLinear and changes of
/// shape make of them. Other parts are left out. Throws WireError.
ModelWeights weights_in(const FlatGraph& graph, const std::vector<WeightSource>& sources,
                        const std::string& folder);

/// Of a model, imported again. Throws as import_file.
ModelWeights read_weights(const std::string& path, const ImportOptions& options = {});

}  // namespace kiln::workload::onnx
