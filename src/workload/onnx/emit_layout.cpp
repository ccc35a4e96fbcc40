// SPDX-License-Identifier: MIT
// What moves, cuts and joins values, as layers; what only renames extents is none.
#include <algorithm>

#include "base/error.h"
#include "workload/onnx/emitter.h"
#include "workload/onnx/slice_of.h"

namespace kiln::workload::onnx {
namespace {

void transpose(Emitter& e, const FlatNode& node) {
  const std::vector<std::int64_t> order = order_of(Shaper(e.graph(), node));
  const ValueId x = node.inputs[0];
  const Dims dims = e.sample(x);
  LayerConfig config;
  std::int32_t longest = -1;
  bool moves = false;  // an axis longer than 1 passes another one
  for (const std::int64_t axis : order) {
    const int own = e.graph().sample_axis(x, static_cast<int>(axis));
    if (own < 0) continue;
    config.order.push_back(own);
    if (dims[static_cast<std::size_t>(own)] == 1) continue;
    moves = moves || own < longest;
    longest = std::max<std::int32_t>(longest, own);
  }
  if (!moves) return e.pass(node);
  const std::string name = e.layer(node, LayerOp::transpose).name;
  config.op = LayerOp::transpose;
  config.name = name;
  e.set(node.outputs[0], e.add(config, {e.shaped(x)}));
}

/// A learned token in front of a sequence, and the learned vector per token that is added to all of them.
bool class_token(Emitter& e, const FlatNode& node, int axis) {
  if (node.inputs.size() != 2 || !e.is_fixed(node, 0) || e.is_fixed(node, 1) || axis != 0) return false;
  const FlatNode* add = e.only_reader(node.outputs[0]);
  if (add == nullptr || add->op != "Add" || add->inputs.size() != 2) return false;
  const std::size_t own = add->inputs[0] == node.outputs[0] ? 1 : 0;
  const Dims dims = e.sample(node.outputs[0]);
  if (!e.is_fixed(*add, own) || dims.size() != 2) return false;
  if (elements_of(*e.value(add->inputs[own]).dims) != elements_of(dims)) return false;
  const Dims token = *e.value(node.inputs[0]).dims;
  LayerConfig config = e.layer(*add, LayerOp::positions, add->inputs[own]);
  config.class_tokens = elements_of(token) / dims[1];
  e.count(node.inputs[0]);
  e.count(add->inputs[own]);
  e.set(add->outputs[0], e.add(config, {e.shaped(node.inputs[1], 1)}));
  e.skip(*add);
  return true;
}

void concat(Emitter& e, const FlatNode& node) {
  if (node.inputs.size() == 1) return e.pass(node);
  const int axis = e.sample_axis(node.outputs[0], node.attributes.integer("axis", 1));
  if (class_token(e, node, axis)) return;
  std::vector<Place> from;
  int channels = -1;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    if (e.is_fixed(node, i))
      refuse("joins a constant; Kiln knows learned tokens in front of a sequence only");
    from.push_back(e.shaped(node.inputs[i], channels));
    if (channels < 0) channels = from[0].shape.channel_axis();
  }
  LayerConfig config = e.layer(node, LayerOp::concat);
  if (axis != channels) config.axis = axis;
  e.set(node.outputs[0], e.add(config, from));
}

void split(Emitter& e, const FlatNode& node) {
  const int axis = e.sample_axis(node.inputs[0], node.attributes.integer("axis", 0));
  LayerConfig config = e.layer(node, LayerOp::split);
  for (const ValueId output : node.outputs) {
    if (output == kAbsent) refuse("has a part without a name");
    config.sizes.push_back(e.sample(output)[static_cast<std::size_t>(axis)]);
  }
  if (config.sizes.size() == 1) return e.pass(node);
  const Place from = e.shaped(node.inputs[0]);
  if (axis != from.shape.channel_axis()) config.axis = axis;
  const Place whole = e.add(config, {from});
  for (std::size_t i = 0; i < node.outputs.size(); ++i)
    e.set(node.outputs[i], e.part(whole, static_cast<int>(i)));
}

Place cut(Emitter& e, const FlatNode& node, const Place& from, int axis, std::int64_t begin, std::int64_t end,
          std::int64_t step) {
  LayerConfig config = e.layer(node, LayerOp::slice);
  if (axis != from.shape.channel_axis()) config.axis = axis;
  config.begin = begin;
  if (end != from.shape.extent(axis)) config.end = end;
  config.step = step;
  return e.add(config, {from});
}

void slice(Emitter& e, const FlatNode& node) {
  const ValueId x = node.inputs[0];
  const Dims& dims = *e.value(x).dims;
  std::vector<AxisRange> ranges = ranges_of(Shaper(e.graph(), node));
  std::erase_if(ranges, [&](const AxisRange& range) {
    return range.step == 1 && range.count() == dims[static_cast<std::size_t>(range.axis)];
  });
  if (ranges.empty()) return e.pass(node);
  Place here = e.shaped(x);
  for (const AxisRange& range : ranges) {
    if (range.count() < 1) refuse("takes nothing");
    const int axis = e.sample_axis(x, range.axis);
    if (range.step < 0) {  // the same places, from the other end: the order is a copy either way
      const std::int64_t last = range.begin + (range.count() - 1) * range.step;
      e.note("slices that turn an axis around are imported without the turn");
      if (range.count() < dims[static_cast<std::size_t>(range.axis)] || range.step < -1)
        here = cut(e, node, here, axis, last, range.begin + 1, -range.step);
      continue;
    }
    here = cut(e, node, here, axis, range.begin, range.end, range.step);
  }
  e.set(node.outputs[0], here);
}

void embedding(Emitter& e, const FlatNode& node) {
  const Dims& table = *e.value(node.inputs[0]).dims;
  if (node.attributes.integer("axis", 0) != 0 || table.size() != 2)
    refuse("looks places of a constant up that is no table of rows");
  LayerConfig config = e.layer(node, LayerOp::embedding, node.inputs[0]);
  config.entries = table[0];
  config.out = table[1];
  e.count(node.inputs[0]);
  e.own_table(node.inputs[0], config.name);
  e.bind({config.name, PartKind::weight, node.inputs[0], false, 1, 0});
  e.set(node.outputs[0], e.add(config, {e.at(node, 1)}));
}

/// Known places of an axis: one, or some that follow one another.
void gather(Emitter& e, const FlatNode& node) {
  if (e.is_fixed(node, 0)) return embedding(e, node);
  const auto& indices = e.fixed(node, 1, "indices of a Gather").constant;
  if (!indices || indices->real || indices->size() == 0) refuse("takes places that are not known");
  const ValueId x = node.inputs[0];
  const std::int64_t written = node.attributes.integer("axis", 0);
  const int axis = e.sample_axis(x, written);
  Place here = e.shaped(x);
  const std::int64_t extent = here.shape.extent(axis);
  std::vector<std::int64_t> places = indices->ints;
  for (std::int64_t& place : places) {
    if (place < 0) place += extent;
    if (place < 0 || place >= extent) refuse(fmt::format("place {} of {}", place, extent));
  }
  const std::int64_t step = places.size() > 1 ? places[1] - places[0] : 1;
  for (std::size_t i = 1; i < places.size(); ++i)
    if (step < 1 || places[i] - places[i - 1] != step) refuse("takes places in no regular order");
  if (step == 1 && static_cast<std::int64_t>(places.size()) == extent) return e.pass(node);
  e.set(node.outputs[0], cut(e, node, here, axis, places.front(), places.back() + 1, step));
}

/// Repeats rows and columns of extent 1, as nearest neighbours.
void repeat(Emitter& e, const FlatNode& node) {
  const Dims in = e.sample(node.inputs[0]), out = e.sample(node.outputs[0]);
  if (elements_of(in) == elements_of(out)) return e.pass(node);
  const bool map = in.size() == out.size() && in.size() >= 2 && in.size() <= 3 && in[0] == out[0];
  const bool ones =
      map && std::all_of(in.begin() + 1, in.end(), [](std::int64_t extent) { return extent == 1; });
  if (!ones)
    refuse(fmt::format("repeats {} to {}; Kiln repeats single rows and columns of a map", text_of(in),
                       text_of(out)));
  LayerConfig config = e.layer(node, LayerOp::resize);
  config.size = {out[1], out.size() > 2 ? out[2] : 1};
  e.set(node.outputs[0], e.add(config, {e.shaped(node.inputs[0], 0)}));
}

}  // namespace

EmitRule layout_emitter(std::string_view op) {
  if (op == "Reshape" || op == "Flatten" || op == "Squeeze" || op == "Unsqueeze") return pass_on;
  if (op == "Transpose") return transpose;
  if (op == "Concat") return concat;
  if (op == "Split") return split;
  if (op == "Slice") return slice;
  if (op == "Gather") return gather;
  if (op == "Expand" || op == "Tile") return repeat;
  return nullptr;
}

}  // namespace kiln::workload::onnx
