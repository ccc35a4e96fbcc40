// SPDX-License-Identifier: MIT
// A network as a user writes it: one line per layer, shapes left to inference (network.h).
//
//   layers:
//     - {name: stem, op: conv, out: 32, kernel: 3, stride: 2, norm: batch, act: relu6}
//     - {name: dw, op: depthwise, kernel: 3, norm: batch, act: relu6}
//     - {name: project, op: conv, out: 32, kernel: 1, norm: batch}
//     - {name: add, op: add, from: [project, stem]}
//
// `from` names earlier layers (or `input`); without it a layer reads the one before. Of a layer with several
// outputs `name:1` is the second. `outputs` names what the loss is formed on; without it that is the last
// layer.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/input_file.h"
#include "config/record.h"
#include "workload/layer_table.h"
#include "workload/onnx/options.h"
#include "workload/operation.h"
#include "workload/shape.h"

namespace kiln::workload {

enum class Norm { none, batch };
enum class TokenPick { first, last };

std::span<const config::EnumName<Norm>> enum_names(const Norm*);
std::span<const config::EnumName<PadMode>> enum_names(const PadMode*);
std::span<const config::EnumName<Interpolation>> enum_names(const Interpolation*);
std::span<const config::EnumName<TokenPick>> enum_names(const TokenPick*);

struct LayerConfig {
  base::Place place;  ///< where it is written, for errors of shapes
  std::string name;
  LayerOp op = LayerOp::conv;
  std::vector<std::string> from;
  std::int64_t out = 0;
  std::int32_t kernel = 1;
  std::optional<std::int32_t> kernel_w, kernel_d;
  std::int32_t stride = 1;
  std::optional<std::int32_t> stride_w, stride_d;
  std::int32_t dilation = 1;
  std::optional<std::int32_t> dilation_w, dilation_d;
  std::vector<std::int32_t> padding_d;  ///< of a volume: front and back
  Padding padding;
  bool ceil = false;
  bool count_padding = false;
  std::int32_t groups = 1;
  std::int32_t heads = 1;
  std::optional<std::int32_t> kv_heads;
  bool causal = false;
  std::optional<std::int64_t> window;
  std::int32_t split = 1;
  std::vector<std::int64_t> sizes;
  std::optional<std::int32_t> axis;
  std::vector<std::int32_t> axes;
  std::int64_t begin = 0;
  std::optional<std::int64_t> end;
  std::int64_t step = 1;
  std::vector<std::int32_t> order;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> operand;
  std::optional<double> value;
  std::vector<std::int32_t> output_padding;
  std::vector<std::int64_t> size;
  Interpolation interpolation = Interpolation::nearest;
  bool reverse = false;
  bool trained = true;
  PadMode mode = PadMode::zero;
  bool transpose_a = false;
  bool transpose_b = false;
  std::int64_t entries = 0;
  std::int64_t class_tokens = 0;
  std::optional<std::int64_t> turned;
  TokenPick token = TokenPick::first;
  std::int32_t top = 1;
  bool renormalise = false;
  double skew = 0;
  std::optional<double> capacity_factor;
  std::string routing;
  std::string tied;
  std::optional<bool> bias;
  double epsilon = 1e-5;
  Norm norm = Norm::none;
  Activation act = Activation::none;
};
const config::Record<LayerConfig>& describe(const LayerConfig*);

/// A feature map, or a sequence: height = tokens, width = 1.
struct InputConfig {
  std::int64_t channels = 3;
  std::int64_t height = 1;
  std::int64_t width = 1;
  std::optional<std::int64_t> depth = {};  ///< of a volume: (channels, depth, height, width)
  Shape shape() const;
};
const config::Record<InputConfig>& describe(const InputConfig*);

/// The model that a network is of, whose weights `kiln train` begins with.
struct ModelFileConfig {
  config::InputFile file;
  onnx::ImportOptions options;
};
const config::Record<ModelFileConfig>& describe(const ModelFileConfig*);

struct NetworkConfig {
  std::string name;
  std::string source;
  InputConfig input;
  LossKind loss = LossKind::cross_entropy;
  std::vector<LayerConfig> layers;
  std::vector<std::string> outputs;
  ModelFileConfig model;
};
const config::Record<NetworkConfig>& describe(const NetworkConfig*);

}  // namespace kiln::workload
