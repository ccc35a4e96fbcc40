// SPDX-License-Identifier: MIT
// Convolutions, pools, padding and resizing as layers.
#include <algorithm>

#include "base/error.h"
#include "workload/onnx/emitter.h"
#include "workload/onnx/slice_of.h"
#include "workload/onnx/window_of.h"

namespace kiln::workload::onnx {
namespace {

std::int32_t narrow(std::int64_t number, std::string_view what) {
  if (number < 0 || number > (1 << 24)) refuse(fmt::format("{} of {}", what, number));
  return static_cast<std::int32_t>(number);
}

/// A map of (channels, height, width), or of (channels, length) with width 1, whatever way it is cut.
Place map_of(Emitter& e, const FlatNode& node) {
  const ValueId id = node.inputs[0];
  const Place& here = e.at(node, 0);
  const Dims dims = e.sample(id);
  const std::int64_t height = dims.size() > 1 ? dims[1] : 1, width = dims.size() > 2 ? dims[2] : 1;
  if (dims.size() > 4)
    refuse(fmt::format("slides over {} directions; Kiln has one, two and three", dims.size() - 1));
  if (dims.size() == 4) return e.shaped(id, 0);
  if (here.shape.channels() == dims[0] && here.shape.height() == height && here.shape.width() == width)
    return here;
  return e.shaped(id, 0);
}

/// Down and across: a map that has one direction gets a second one of extent 1; of three the first is the
/// depth.
std::pair<std::int32_t, std::int32_t> pair(const std::vector<std::int64_t>& list, std::int64_t other,
                                           std::string_view what) {
  const std::size_t down = list.size() > 2 ? 1 : 0;
  return {narrow(list[down], what), narrow(list.size() > 1 ? list[down + 1] : other, what)};
}

void set_depth(LayerConfig& config, const NodeWindow& window) {
  if (window.kernel.size() < 3) return;
  const auto given = [](const std::vector<std::int64_t>& list, std::int32_t down, std::string_view what) {
    const std::int32_t depth = narrow(list[0], what);
    return depth == down ? std::nullopt : std::optional(depth);
  };
  config.kernel_d = given(window.kernel, config.kernel, "a kernel");
  config.stride_d = given(window.strides, config.stride, "a stride");
  config.dilation_d = given(window.dilations, config.dilation, "a dilation");
  const std::int32_t front = narrow(window.begins[0], "padding"), back = narrow(window.ends[0], "padding");
  const auto& edges = config.padding.edges;
  const bool alike =
      front == back && std::all_of(edges.begin(), edges.end(), [&](auto edge) { return edge == front; });
  if (alike) return;
  config.padding.mode = Padding::Mode::given;
  config.padding_d = {front, back};
}

Padding padding_of(const NodeWindow& window) {
  const auto [top, left] = pair(window.begins, 0, "padding");
  const auto [bottom, right] = pair(window.ends, 0, "padding");
  Padding padding;
  padding.mode = Padding::Mode::given;
  padding.edges = {top, left, bottom, right};
  if (padding.edges == std::array<std::int32_t, 4>{}) padding = {Padding::Mode::valid, {}};
  return padding;
}

void set_window(LayerConfig& config, const NodeWindow& window) {
  const auto [kernel_h, kernel_w] = pair(window.kernel, 1, "a kernel");
  const auto [stride_h, stride_w] = pair(window.strides, 1, "a stride");
  const auto [dilation_h, dilation_w] = pair(window.dilations, 1, "a dilation");
  config.kernel = kernel_h;
  if (kernel_w != kernel_h) config.kernel_w = kernel_w;
  config.stride = stride_h;
  if (stride_w != stride_h) config.stride_w = stride_w;
  config.dilation = dilation_h;
  if (dilation_w != dilation_h) config.dilation_w = dilation_w;
  config.padding = padding_of(window);
  set_depth(config, window);
}

void conv(Emitter& e, const FlatNode& node) {
  const Value& weight = e.fixed(node, 1, "weights");
  const Place from = map_of(e, node);
  const NodeWindow window =
      window_of(Shaper(e.graph(), node), {weight.dims->begin() + 2, weight.dims->end()});
  const std::int64_t out = (*weight.dims)[0], in = (*weight.dims)[1] * window.groups;
  const bool depthwise = window.groups == in && window.groups > 1 && out == in;
  LayerConfig config = e.layer(node, depthwise ? LayerOp::depthwise : LayerOp::conv, node.inputs[1]);
  set_window(config, window);
  if (!depthwise) {
    config.out = out;
    config.groups = narrow(window.groups, "groups");
  }
  config.bias = node.has(2);
  e.count(node.inputs[1]);
  if (node.has(2)) e.count(node.inputs[2]);
  const bool unfolds = e.options().unfold_norm && node.has(2);
  if (unfolds) {
    config.norm = Norm::batch;
    config.bias = false;
  }
  e.bind({config.name, PartKind::weight, node.inputs[1], false, 1, 0});
  if (node.has(2))
    e.bind({config.name, unfolds ? PartKind::shift : PartKind::bias, node.inputs[2], false, 1, 0});
  e.set(node.outputs[0], e.add(config, {from}));
}

void conv_transpose(Emitter& e, const FlatNode& node) {
  const Value& weight = e.fixed(node, 1, "weights");
  if (weight.dims->size() > 4)
    refuse("is transposed and goes over a volume; Kiln's go over rows and columns");
  const Place from = map_of(e, node);
  const NodeWindow window =
      transposed_window_of(Shaper(e.graph(), node), {weight.dims->begin() + 2, weight.dims->end()});
  LayerConfig config = e.layer(node, LayerOp::conv_transpose, node.inputs[1]);
  set_window(config, window);
  config.out = (*weight.dims)[1] * window.groups;
  config.groups = narrow(window.groups, "groups");
  config.bias = node.has(2);
  if (config.padding.mode == Padding::Mode::valid) config.padding = {Padding::Mode::given, {}};
  std::vector<std::int32_t> extra;
  const Dims in = *e.value(node.inputs[0]).dims;
  for (std::size_t i = 0; i < window.out.size(); ++i) {
    const std::int64_t natural =
        (in[i + 2] - 1) * window.strides[i] + window.reach(i) - window.begins[i] - window.ends[i];
    extra.push_back(narrow(window.out[i] - natural, "output padding"));
  }
  extra.resize(2, 0);
  if (extra != std::vector<std::int32_t>{0, 0}) config.output_padding = extra;
  e.count(node.inputs[1]);
  if (node.has(2)) e.count(node.inputs[2]);
  e.bind({config.name, PartKind::weight, node.inputs[1], false, 1, 0});
  if (node.has(2)) e.bind({config.name, PartKind::bias, node.inputs[2], false, 1, 0});
  e.set(node.outputs[0], e.add(config, {from}));
}

void pool(Emitter& e, const FlatNode& node) {
  const Place from = map_of(e, node);
  const NodeWindow window = window_of(Shaper(e.graph(), node), node.attributes.integers("kernel_shape"));
  if (node.outputs.size() > 1 && node.outputs[1] != kAbsent && e.only_reader(node.outputs[1]) != nullptr)
    refuse("hands indices on, which Kiln has no layer for");
  LayerConfig config = e.layer(node, node.op == "MaxPool" ? LayerOp::max_pool : LayerOp::average_pool);
  set_window(config, window);
  config.ceil = node.attributes.integer("ceil_mode", 0) != 0;
  if (node.op == "AveragePool") config.count_padding = node.attributes.integer("count_include_pad", 0) != 0;
  e.set(node.outputs[0], e.add(config, {from}));
}

void global_pool(Emitter& e, const FlatNode& node) {
  const Place from = map_of(e, node);
  if (node.op == "GlobalMaxPool") return e.set(node.outputs[0], largest(e, node, from));
  e.set(node.outputs[0], e.add(e.layer(node, LayerOp::global_pool), {from}));
}

/// A sequence (tokens, features), or numbers in a row as tokens of one feature.
Place rows_of(Emitter& e, const FlatNode& node, const std::string& name) {
  const Dims dims = e.sample(node.inputs[0]);
  if (dims.size() == 2) return e.shaped(node.inputs[0], 1);
  LayerConfig column;
  column.op = LayerOp::reshape;
  column.name = name + ".column";
  column.shape = {dims[0], 1};
  return e.add(column, {e.at(node, 0)});
}

void pad(Emitter& e, const FlatNode& node) {
  const std::vector<std::int64_t> pads = edges_of_pad(Shaper(e.graph(), node));
  const std::size_t rank = pads.size() / 2;
  if (std::all_of(pads.begin(), pads.end(), [](std::int64_t edge) { return edge == 0; })) return e.pass(node);
  LayerConfig config = e.layer(node, LayerOp::pad);
  const std::string mode = node.attributes.text("mode", "constant");
  config.mode = mode == "reflect" ? PadMode::reflect : mode == "edge" ? PadMode::edge : PadMode::zero;
  if (mode != "constant" && mode != "reflect" && mode != "edge") refuse(fmt::format("mode '{}'", mode));
  config.padding.mode = Padding::Mode::given;
  const std::size_t axes = e.sample(node.inputs[0]).size();
  const std::size_t first = rank - axes;  // behind the axis of the samples
  const bool rows = axes < 3 && (pads[first] != 0 || pads[first + rank] != 0);
  for (std::size_t axis = 0; axis < rank; ++axis) {
    if (pads[axis] == 0 && pads[axis + rank] == 0) continue;
    const int own = e.sample_axis(node.inputs[0], static_cast<std::int64_t>(axis)) + (rows ? 1 : 0);
    if (own < 1 || own > 2) refuse("pads something else than rows and columns");
    config.padding.edges[static_cast<std::size_t>(own - 1)] = narrow(pads[axis], "an edge");
    config.padding.edges[static_cast<std::size_t>(own + 1)] = narrow(pads[axis + rank], "an edge");
  }
  e.set(node.outputs[0], e.add(config, {rows ? rows_of(e, node, config.name) : map_of(e, node)}));
}

void resize(Emitter& e, const FlatNode& node) {
  const Dims in = e.sample(node.inputs[0]), out = e.sample(node.outputs[0]);
  if (in == out) return e.pass(node);
  if (in.size() < 2 || in.size() > 3 || in[0] != out[0])
    refuse("resizes something else than rows and columns");
  const Place from = map_of(e, node);
  LayerConfig config = e.layer(node, LayerOp::resize);
  config.size = {out[1], out.size() > 2 ? out[2] : 1};
  const std::string mode = node.attributes.text("mode", "nearest");
  config.interpolation = mode == "nearest"                        ? Interpolation::nearest
                         : mode == "linear" || mode == "bilinear" ? Interpolation::linear
                                                                  : Interpolation::cubic;
  e.set(node.outputs[0], e.add(config, {from}));
}

/// Blocks of channels and pixels change places: cut, turn, join.
void depth_space(Emitter& e, const FlatNode& node) {
  const Dims in = e.sample(node.inputs[0]), out = e.sample(node.outputs[0]);
  const std::int64_t b = node.attributes.integer("blocksize", 1);
  if (in.size() != 3) refuse(fmt::format("reads a map, not {}", text_of(in)));
  LayerConfig cut, turn, join;
  if (node.op == "SpaceToDepth") {
    cut.shape = {in[0], in[1] / b, b, in[2] / b, b};
    turn.order = {2, 4, 0, 1, 3};
  } else if (node.attributes.text("mode", "DCR") == "DCR") {
    cut.shape = {b, b, out[0], in[1], in[2]};
    turn.order = {2, 3, 0, 4, 1};
  } else {
    cut.shape = {out[0], b, b, in[1], in[2]};
    turn.order = {0, 3, 1, 4, 2};
  }
  const std::string name = e.layer(node, LayerOp::reshape).name;
  cut.op = join.op = LayerOp::reshape;
  cut.name = name + ".cut";
  turn.op = LayerOp::transpose;
  turn.name = name + ".turn";
  join.name = name;
  join.shape = out;
  join.axis = 0;
  const Place parts = e.add(cut, {e.shaped(node.inputs[0])});
  e.set(node.outputs[0], e.add(join, {e.add(turn, {parts})}));
}

}  // namespace

Place largest(Emitter& e, const FlatNode& node, const Place& map) {
  constexpr std::int64_t kWidest = 1024;  // of a kernel
  if (std::max(map.shape.height(), map.shape.width()) > kWidest)
    refuse("goes over more than 1024 rows or columns");
  LayerConfig config = e.layer(node, LayerOp::max_pool);
  if (map.shape.rank() == 4) refuse("takes the largest of a volume, which Kiln has no layer for");
  config.kernel = narrow(map.shape.height(), "a kernel");
  config.kernel_w = narrow(map.shape.width(), "a kernel");
  config.padding = {Padding::Mode::valid, {}};
  return e.add(config, {map});
}

EmitRule window_emitter(std::string_view op) {
  if (op == "Conv") return conv;
  if (op == "ConvTranspose") return conv_transpose;
  if (op == "MaxPool" || op == "AveragePool") return pool;
  if (op == "GlobalAveragePool" || op == "GlobalMaxPool") return global_pool;
  if (op == "Pad") return pad;
  if (op == "Resize" || op == "Upsample") return resize;
  if (op == "DepthToSpace" || op == "SpaceToDepth") return depth_space;
  return nullptr;
}

}  // namespace kiln::workload::onnx
