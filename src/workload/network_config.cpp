// SPDX-License-Identifier: MIT
#include "workload/network_config.h"

#include "workload/hf/import.h"
#include "workload/onnx/import.h"

namespace kiln::workload {

std::span<const config::EnumName<Norm>> enum_names(const Norm*) {
  static constexpr config::EnumName<Norm> names[] = {{Norm::none, "none"}, {Norm::batch, "batch"}};
  return names;
}

std::span<const config::EnumName<PadMode>> enum_names(const PadMode*) {
  static constexpr config::EnumName<PadMode> names[] = {
      {PadMode::zero, "zero"}, {PadMode::reflect, "reflect"}, {PadMode::edge, "edge"}};
  return names;
}

std::span<const config::EnumName<Interpolation>> enum_names(const Interpolation*) {
  static constexpr config::EnumName<Interpolation> names[] = {{Interpolation::nearest, "nearest"},
                                                              {Interpolation::linear, "linear"},
                                                              {Interpolation::cubic, "cubic"}};
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

/// A key that the operation ignores is a mistake of the writer.
void check_layer(const LayerConfig& layer, config::Checker& check) {
  using namespace layer_key;
  const LayerConfig defaults;
  const std::uint64_t allowed = keys_of(layer.op);
  const auto refuse = [&](bool given, std::uint64_t key, std::string_view name) {
    if (given && (allowed & key) == 0)
      check.fail(name, fmt::format("has no meaning for op: {}", config::enum_name(layer.op)));
  };
  refuse(layer.out != defaults.out, kOut, "out");
  refuse(layer.kernel != defaults.kernel, kWindow, "kernel");
  refuse(layer.kernel_w.has_value(), kWindow, "kernel_w");
  refuse(layer.kernel_d.has_value(), kWindow, "kernel_d");
  refuse(layer.stride_d.has_value(), kWindow, "stride_d");
  refuse(layer.dilation_d.has_value(), kDilation, "dilation_d");
  refuse(!layer.padding_d.empty(), kPadding, "padding_d");
  refuse(layer.stride != defaults.stride, kWindow, "stride");
  refuse(layer.stride_w.has_value(), kWindow, "stride_w");
  refuse(layer.padding != defaults.padding, kPadding, "padding");
  refuse(layer.dilation != defaults.dilation, kDilation, "dilation");
  refuse(layer.dilation_w.has_value(), kDilation, "dilation_w");
  refuse(layer.ceil, kCeil, "ceil");
  refuse(layer.count_padding, kCountPadding, "count_padding");
  refuse(layer.groups != defaults.groups, kGroups, "groups");
  refuse(layer.heads != defaults.heads, kHeads, "heads");
  refuse(layer.kv_heads.has_value(), kKeyHeads, "kv_heads");
  refuse(layer.causal, kCausal, "causal");
  refuse(layer.window.has_value(), kTokenWindow, "window");
  if (layer.window && !layer.causal && (allowed & kTokenWindow) != 0)
    check.fail("window", "bounds what a token sees of those in front of it; write causal: true");
  refuse(layer.split != defaults.split, kParts, "split");
  refuse(!layer.sizes.empty(), kSizes, "sizes");
  refuse(layer.axis.has_value(), kAxis, "axis");
  refuse(!layer.axes.empty(), kAxes, "axes");
  refuse(layer.begin != defaults.begin, kRange, "begin");
  refuse(layer.end.has_value(), kRange, "end");
  refuse(layer.step != defaults.step, kRange, "step");
  refuse(!layer.order.empty(), kOrder, "order");
  refuse(!layer.shape.empty(), kShape, "shape");
  refuse(layer.mode != defaults.mode, kPadMode, "mode");
  refuse(!layer.operand.empty(), kOperand, "operand");
  refuse(layer.value.has_value(), kOperand, "value");
  refuse(!layer.output_padding.empty(), kOutputPadding, "output_padding");
  refuse(!layer.size.empty(), kResize, "size");
  refuse(layer.interpolation != defaults.interpolation, kResize, "interpolation");
  refuse(layer.reverse, kReverse, "reverse");
  refuse(layer.transpose_a, kTranspose, "transpose_a");
  refuse(layer.transpose_b, kTranspose, "transpose_b");
  refuse(layer.entries != defaults.entries, kEntries, "entries");
  refuse(layer.class_tokens != defaults.class_tokens, kClassTokens, "class_tokens");
  refuse(layer.turned.has_value(), kTurned, "turned");
  refuse(layer.token != defaults.token, kToken, "token");
  refuse(layer.top != defaults.top, kTopK, "top");
  refuse(layer.renormalise, kTopK, "renormalise");
  refuse(layer.skew != defaults.skew, kTopK, "skew");
  refuse(layer.capacity_factor.has_value(), kTopK, "capacity_factor");
  refuse(!layer.routing.empty(), kRouting, "routing");
  refuse(!layer.tied.empty(), kTied, "tied");
  refuse(layer.bias.has_value(), kBias, "bias");
  refuse(layer.epsilon != defaults.epsilon, kEpsilon, "epsilon");
  refuse(layer.norm != defaults.norm, kNorm, "norm");
  refuse(layer.act != defaults.act, kAct, "act");
}

}  // namespace

namespace {

constexpr double kMaxExtent = 1 << 24;

void describe_windows(config::Record<LayerConfig>& record) {
  record.field("out", &LayerConfig::out, {.doc = "Output channels or features", .min = 0, .max = kMaxExtent})
      .field("kernel", &LayerConfig::kernel,
             {.doc = "Kernel height, and width unless kernel_w is given", .min = 1, .max = 1024})
      .field("kernel_w", &LayerConfig::kernel_w, {.doc = "Kernel width", .min = 1, .max = 1024})
      .field("kernel_d", &LayerConfig::kernel_d,
             {.doc = "Kernel depth over a volume; default: kernel", .min = 1, .max = 1024})
      .field("stride", &LayerConfig::stride,
             {.doc = "Stride down, and across unless stride_w is given", .min = 1, .max = 1024})
      .field("stride_w", &LayerConfig::stride_w, {.doc = "Stride across", .min = 1, .max = 1024})
      .field("stride_d", &LayerConfig::stride_d,
             {.doc = "Stride in depth over a volume; default: stride", .min = 1, .max = 1024})
      .field("dilation", &LayerConfig::dilation,
             {.doc = "Rows between neighbours of the kernel, and columns unless dilation_w is given",
              .min = 1,
              .max = 1024})
      .field("dilation_w", &LayerConfig::dilation_w,
             {.doc = "Columns between neighbours of the kernel", .min = 1, .max = 1024})
      .field("dilation_d", &LayerConfig::dilation_d,
             {.doc = "Slices between neighbours of the kernel; default: dilation", .min = 1, .max = 1024})
      .field("padding", &LayerConfig::padding,
             {.doc = "same: output = ceil(input / stride), what is odd at the end; valid: none; or rows and "
                     "columns at the edges"})
      .field(
          "padding_d", &LayerConfig::padding_d,
          {.doc = "Slices of padding of a volume, [front, back]; default: as the rows and columns where all "
                  "edges are alike",
           .min = 0,
           .max = 1 << 20})
      .field("ceil", &LayerConfig::ceil, {.doc = "A last window that reaches over the edge counts"})
      .field("output_padding", &LayerConfig::output_padding,
             {.doc = "Rows and columns that `conv_transpose` adds at the end, below its stride",
              .min = 0,
              .max = 1024})
      .field("count_padding", &LayerConfig::count_padding,
             {.doc = "Average pool: divide by the whole kernel at the edges, too"})
      .field("groups", &LayerConfig::groups,
             {.doc = "Groups of a convolution or of a groupnorm", .min = 1, .max = kMaxExtent});
}

void describe_sequences(config::Record<LayerConfig>& record) {
  record.field("heads", &LayerConfig::heads, {.doc = "Attention heads", .min = 1, .max = 4096})
      .field("kv_heads", &LayerConfig::kv_heads,
             {.doc = "Heads of keys and values, each shared by a group of query heads; default: heads",
              .min = 1,
              .max = 4096})
      .field("causal", &LayerConfig::causal,
             {.doc = "Softmax over the tokens up to the present one; the whole product is computed"})
      .field(
          "window", &LayerConfig::window,
          {.doc = "Tokens that a token sees, itself the last (sliding-window attention); only their scores "
                  "are computed and kept; default: all, as with a window of the whole sequence",
           .min = 1,
           .max = kMaxExtent})
      .field(
          "split", &LayerConfig::split,
          {.doc = "Equal parts of the output that others read separately (3: Q, K, V)", .min = 1, .max = 16})
      .field("reverse", &LayerConfig::reverse, {.doc = "Recurrent layers: from the last token to the first"})
      .field("entries", &LayerConfig::entries,
             {.doc = "Rows of the table of an embedding or of positions (default there: one per token)",
              .min = 0,
              .max = 1e9})
      .field("class_tokens", &LayerConfig::class_tokens,
             {.doc = "Learned tokens that `positions` prepends", .min = 0, .max = 1024})
      .field("turned", &LayerConfig::turned,
             {.doc = "Channels of each head that `rotary` turns, the first ones; default: all",
              .min = 2,
              .max = kMaxExtent})
      .field("token", &LayerConfig::token, {.doc = "Which token `select` takes"})
      .field("tied", &LayerConfig::tied,
             {.doc = "Embedding whose table this linear layer uses as its weights"});
}

void describe_experts(config::Record<LayerConfig>& record) {
  record.field("top", &LayerConfig::top, {.doc = "Experts that a token goes to", .min = 1, .max = 1024})
      .field("renormalise", &LayerConfig::renormalise,
             {.doc = "The weights of a token's experts are divided by their sum"})
      .field(
          "skew", &LayerConfig::skew,
          {.doc = "How unevenly experts are chosen: the expert of rank r by r to the power of -skew (Zipf); "
                  "0: all alike",
           .min = 0,
           .max = 4,
           .source = "estimate: trained with a loss for balance"})
      .field(
          "capacity_factor", &LayerConfig::capacity_factor,
          {.doc = "Each expert has room for so many times its even share of a sample's rows: rows beyond are "
                  "dropped, missing ones computed as zeros; default: room for all, none empty",
           .min = 0.01,
           .max = 1024})
      .field("routing", &LayerConfig::routing, {.doc = "The `top_k` layer that says which rows are whose"});
}

void describe_axes(config::Record<LayerConfig>& record) {
  const config::Spec axis{.min = -8, .max = 7};
  const auto with = [](config::Spec spec, std::string_view doc) {
    spec.doc = doc;
    return spec;
  };
  record
      .field("axis", &LayerConfig::axis,
             with(axis,
                  "Axis of one sample, from 0 (maps: channels, height, width; sequences: tokens, features) "
                  "or from the end, -1; default: the channels"))
      .field("axes", &LayerConfig::axes, with(axis, "Axes of `reduce_mean`, counted like `axis`"))
      .field("sizes", &LayerConfig::sizes,
             {.doc = "Extents of the parts of `split` along `axis`", .min = 1, .max = kMaxExtent})
      .field("begin", &LayerConfig::begin,
             {.doc = "First place along `axis`, from the end when negative",
              .min = -kMaxExtent,
              .max = kMaxExtent})
      .field("end", &LayerConfig::end,
             {.doc = "Place behind the last one, from the end when negative; default: the end",
              .min = -kMaxExtent,
              .max = kMaxExtent})
      .field("step", &LayerConfig::step, {.doc = "Distance of the places taken", .min = 1, .max = kMaxExtent})
      .field("order", &LayerConfig::order,
             {.doc = "Axes of the input in the order of the output of `transpose`", .min = 0, .max = 7})
      .field("shape", &LayerConfig::shape,
             {.doc = "Extents of the output of `reshape`, of which one may be -1, or of an `input`",
              .min = -1,
              .max = kMaxExtent})
      .field(
          "operand", &LayerConfig::operand,
          {.doc = "Extents of a learned second operand of add, sub, mul and div, of one sample; extents of 1 "
                  "are repeated",
           .min = 1,
           .max = kMaxExtent})
      .field("value", &LayerConfig::value,
             {.doc = "A fixed number as second operand of add, sub, mul and div", .min = -1e30, .max = 1e30})
      .field("size", &LayerConfig::size,
             {.doc = "Rows and columns of the output of `resize`", .min = 1, .max = kMaxExtent})
      .field("interpolation", &LayerConfig::interpolation, {.doc = "How `resize` finds values in between"})
      .field("mode", &LayerConfig::mode, {.doc = "What `pad` puts at the edges"})
      .field("transpose_a", &LayerConfig::transpose_a, {.doc = "First factor of `matmul` is transposed"})
      .field("transpose_b", &LayerConfig::transpose_b, {.doc = "Second factor of `matmul` is transposed"});
}

config::Record<LayerConfig> layer_record() {
  config::Record<LayerConfig> record("layer", "One layer of a network");
  record.with_own_from()
      .with_place(&LayerConfig::place)
      .field("name", &LayerConfig::name, {.doc = "Name, unique in the network", .required = true})
      .field("op", &LayerConfig::op, {.doc = "What the layer computes", .required = true})
      .field(
          "from", &LayerConfig::from,
          {.doc = "Layers it reads, or 'input'; 'name:1' is the second output; default: the layer before"});
  describe_windows(record);
  describe_sequences(record);
  describe_experts(record);
  describe_axes(record);
  record
      .field("bias", &LayerConfig::bias,
             {.doc = "Bias vector; default: yes, except for convolutions with a norm"})
      .field("epsilon", &LayerConfig::epsilon,
             {.doc = "Added to a variance before its root is taken",
              .min = 0,
              .max = 1,
              .source = "the default of PyTorch"})
      .field("trained", &LayerConfig::trained,
             {.doc = "Its parameters are trained unless the training says otherwise; false: a fixed table, a "
                     "mask, a filter bank"})
      .field("norm", &LayerConfig::norm, {.doc = "Batch normalisation behind the layer"})
      .field("act", &LayerConfig::act, {.doc = "Activation behind layer and norm"})
      .check(check_layer);
  return record;
}

}  // namespace

const config::Record<LayerConfig>& describe(const LayerConfig*) {
  static const auto record = layer_record();
  return record;
}

const config::Record<InputConfig>& describe(const InputConfig*) {
  static const auto record =
      config::Record<InputConfig>("network_input",
                                  "Shape of one sample; a sequence has height = tokens, width = 1")
          .field("channels", &InputConfig::channels,
                 {.doc = "Channels or features", .min = 1, .max = kMaxExtent, .required = true})
          .field("height", &InputConfig::height, {.doc = "Height or tokens", .min = 1, .max = kMaxExtent})
          .field("width", &InputConfig::width, {.doc = "Width", .min = 1, .max = kMaxExtent})
          .field("depth", &InputConfig::depth,
                 {.doc = "Slices or frames of a volume: its axes are channels, depth, height, width",
                  .min = 1,
                  .max = kMaxExtent});
  return record;
}

Shape InputConfig::shape() const {
  if (depth) return {{channels, *depth, height, width}, 0};
  return Shape::map(channels, height, width);
}

const config::Record<ModelFileConfig>& describe(const ModelFileConfig*) {
  static const auto record =
      config::Record<ModelFileConfig>("model_file", "The model that a network was imported from")
          .field(
              "file", &ModelFileConfig::file,
              {.doc = "ONNX file whose weights `kiln train` begins with, layer by layer; `workload: my.onnx` "
                      "says it by itself",
               .source = "none"})
          .field("options", &ModelFileConfig::options, {.doc = "How it was imported"});
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
          .reads(onnx::network_file())
          .reads(hf::network_file())
          .field("layers", &NetworkConfig::layers, {.doc = "Layers in execution order", .required = true})
          .field("outputs", &NetworkConfig::outputs,
                 {.doc = "Layers on whose outputs the loss is formed; default: the last one"})
          .field("model", &NetworkConfig::model, {.doc = "Where its weights are"})
          .check([](const NetworkConfig& network, config::Checker& check) {
            if (network.layers.empty()) check.fail("layers", "is empty; a network has at least one layer");
          });
  return record;
}

}  // namespace kiln::workload
