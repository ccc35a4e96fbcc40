// SPDX-License-Identifier: MIT
#include "workload/network_config.h"

namespace kiln::workload {

std::span<const config::EnumName<LayerOp>> enum_names(const LayerOp*) {
  static constexpr config::EnumName<LayerOp> names[] = {{LayerOp::conv, "conv"},
                                                        {LayerOp::depthwise, "depthwise"},
                                                        {LayerOp::linear, "linear"},
                                                        {LayerOp::lstm, "lstm"},
                                                        {LayerOp::embedding, "embedding"},
                                                        {LayerOp::positions, "positions"},
                                                        {LayerOp::layernorm, "layernorm"},
                                                        {LayerOp::attention_scores, "attention_scores"},
                                                        {LayerOp::attention_values, "attention_values"},
                                                        {LayerOp::max_pool, "max_pool"},
                                                        {LayerOp::average_pool, "average_pool"},
                                                        {LayerOp::global_pool, "global_pool"},
                                                        {LayerOp::add, "add"},
                                                        {LayerOp::mul, "mul"},
                                                        {LayerOp::flatten, "flatten"},
                                                        {LayerOp::select, "select"}};
  return names;
}

std::span<const config::EnumName<Norm>> enum_names(const Norm*) {
  static constexpr config::EnumName<Norm> names[] = {{Norm::none, "none"}, {Norm::batch, "batch"}};
  return names;
}

std::span<const config::EnumName<Activation>> enum_names(const Activation*) {
  static constexpr config::EnumName<Activation> names[] = {
      {Activation::none, "none"}, {Activation::relu, "relu"},       {Activation::relu6, "relu6"},
      {Activation::silu, "silu"}, {Activation::sigmoid, "sigmoid"}, {Activation::gelu, "gelu"}};
  return names;
}

std::span<const config::EnumName<Padding>> enum_names(const Padding*) {
  static constexpr config::EnumName<Padding> names[] = {{Padding::same, "same"}, {Padding::valid, "valid"}};
  return names;
}

std::span<const config::EnumName<TokenPick>> enum_names(const TokenPick*) {
  static constexpr config::EnumName<TokenPick> names[] = {{TokenPick::first, "first"},
                                                          {TokenPick::last, "last"}};
  return names;
}

std::span<const config::EnumName<LossKind>> enum_names(const LossKind*) {
  static constexpr config::EnumName<LossKind> names[] = {
      {LossKind::cross_entropy, "cross_entropy"}, {LossKind::mean_squared_error, "mean_squared_error"}};
  return names;
}

namespace {

/// Keys that only some operations have.
enum Key : unsigned {
  kOut = 1,
  kWindow = 2,
  kGroups = 4,
  kHeads = 8,
  kSplit = 16,
  kEntries = 32,
  kClassTokens = 64,
  kToken = 128,
  kTied = 256,
  kBias = 512,
  kNorm = 1024,
  kAct = 2048
};

unsigned keys_of(LayerOp op) {
  switch (op) {
    case LayerOp::conv:
      return kOut | kWindow | kGroups | kBias | kNorm | kAct;
    case LayerOp::depthwise:
      return kOut | kWindow | kBias | kNorm | kAct;
    case LayerOp::linear:
      return kOut | kSplit | kTied | kBias | kNorm | kAct;
    case LayerOp::lstm:
      return kOut;
    case LayerOp::embedding:
      return kOut | kEntries;
    case LayerOp::positions:
      return kClassTokens;
    case LayerOp::attention_scores:
      return kHeads;
    case LayerOp::max_pool:
    case LayerOp::average_pool:
      return kWindow;
    case LayerOp::add:
    case LayerOp::mul:
      return kAct;
    case LayerOp::select:
      return kToken;
    case LayerOp::layernorm:
    case LayerOp::attention_values:
    case LayerOp::global_pool:
    case LayerOp::flatten:
      return 0;
  }
  return 0;
}

/// A key that the operation ignores is a mistake of the writer.
void check_layer(const LayerConfig& layer, config::Checker& check) {
  const LayerConfig defaults;
  const unsigned allowed = keys_of(layer.op);
  const auto refuse = [&](bool given, unsigned key, std::string_view name) {
    if (given && (allowed & key) == 0)
      check.fail(name, fmt::format("has no meaning for op: {}", config::enum_name(layer.op)));
  };
  refuse(layer.out != defaults.out, kOut, "out");
  refuse(layer.kernel != defaults.kernel, kWindow, "kernel");
  refuse(layer.kernel_w.has_value(), kWindow, "kernel_w");
  refuse(layer.stride != defaults.stride, kWindow, "stride");
  refuse(layer.stride_w.has_value(), kWindow, "stride_w");
  refuse(layer.padding != defaults.padding, kWindow, "padding");
  refuse(layer.groups != defaults.groups, kGroups, "groups");
  refuse(layer.heads != defaults.heads, kHeads, "heads");
  refuse(layer.split != defaults.split, kSplit, "split");
  refuse(layer.entries != defaults.entries, kEntries, "entries");
  refuse(layer.class_tokens != defaults.class_tokens, kClassTokens, "class_tokens");
  refuse(layer.token != defaults.token, kToken, "token");
  refuse(!layer.tied.empty(), kTied, "tied");
  refuse(layer.bias.has_value(), kBias, "bias");
  refuse(layer.norm != defaults.norm, kNorm, "norm");
  refuse(layer.act != defaults.act, kAct, "act");
}

}  // namespace

const config::Record<LayerConfig>& describe(const LayerConfig*) {
  constexpr double kMaxExtent = 1 << 24;
  static const auto record =
      config::Record<LayerConfig>("layer", "One layer of a network")
          .with_own_from()
          .with_place(&LayerConfig::place)
          .field("name", &LayerConfig::name, {.doc = "Name, unique in the network", .required = true})
          .field("op", &LayerConfig::op, {.doc = "What the layer computes", .required = true})
          .field("from", &LayerConfig::from,
                 {.doc = "Layers it reads, or 'input'; default: the layer before"})
          .field("out", &LayerConfig::out,
                 {.doc = "Output channels or features", .min = 0, .max = kMaxExtent})
          .field("kernel", &LayerConfig::kernel,
                 {.doc = "Kernel height, and width unless kernel_w is given", .min = 1, .max = 1024})
          .field("kernel_w", &LayerConfig::kernel_w, {.doc = "Kernel width", .min = 1, .max = 1024})
          .field("stride", &LayerConfig::stride,
                 {.doc = "Stride down, and across unless stride_w is given", .min = 1, .max = 1024})
          .field("stride_w", &LayerConfig::stride_w, {.doc = "Stride across", .min = 1, .max = 1024})
          .field("padding", &LayerConfig::padding,
                 {.doc = "same: output = ceil(input / stride); valid: none"})
          .field("groups", &LayerConfig::groups,
                 {.doc = "Groups of a convolution", .min = 1, .max = kMaxExtent})
          .field("heads", &LayerConfig::heads, {.doc = "Attention heads", .min = 1, .max = 4096})
          .field("split", &LayerConfig::split,
                 {.doc = "Equal parts of the output that others read separately (3: Q, K, V)",
                  .min = 1,
                  .max = 16})
          .field("entries", &LayerConfig::entries,
                 {.doc = "Rows of an embedding table", .min = 0, .max = 1e9})
          .field("class_tokens", &LayerConfig::class_tokens,
                 {.doc = "Learned tokens that `positions` prepends", .min = 0, .max = 1024})
          .field("token", &LayerConfig::token, {.doc = "Which token `select` takes"})
          .field("tied", &LayerConfig::tied,
                 {.doc = "Embedding whose table this linear layer uses as its weights"})
          .field("bias", &LayerConfig::bias,
                 {.doc = "Bias vector; default: yes, except for convolutions with a norm"})
          .field("norm", &LayerConfig::norm, {.doc = "Batch normalisation behind the layer"})
          .field("act", &LayerConfig::act, {.doc = "Activation behind layer and norm"})
          .check(check_layer);
  return record;
}

const config::Record<InputConfig>& describe(const InputConfig*) {
  constexpr double kMaxExtent = 1 << 24;
  static const auto record =
      config::Record<InputConfig>("network_input",
                                  "Shape of one sample; a sequence has height = tokens, width = 1")
          .field("channels", &InputConfig::channels,
                 {.doc = "Channels or features", .min = 1, .max = kMaxExtent, .required = true})
          .field("height", &InputConfig::height, {.doc = "Height or tokens", .min = 1, .max = kMaxExtent})
          .field("width", &InputConfig::width, {.doc = "Width", .min = 1, .max = kMaxExtent});
  return record;
}

const config::Record<NetworkConfig>& describe(const NetworkConfig*) {
  static const auto record =
      config::Record<NetworkConfig>("network", "A neural network, one line per layer")
          .field("name", &NetworkConfig::name, {.doc = "Name in reports", .required = true})
          .field("source", &NetworkConfig::source,
                 {.doc = "Where the layer shapes come from", .required = true, .text = config::Text::prose})
          .field("input", &NetworkConfig::input, {.doc = "Shape of one sample", .required = true})
          .field("loss", &NetworkConfig::loss, {.doc = "Loss on the output of the last layer"})
          .field("layers", &NetworkConfig::layers, {.doc = "Layers in execution order", .required = true})
          .check([](const NetworkConfig& network, config::Checker& check) {
            if (network.layers.empty()) check.fail("layers", "is empty; a network has at least one layer");
          });
  return record;
}

}  // namespace kiln::workload
