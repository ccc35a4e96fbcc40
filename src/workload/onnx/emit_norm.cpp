// SPDX-License-Identifier: MIT
// Normalisations as layers, or as the norm of the layer in front.
#include <algorithm>

#include "base/error.h"
#include "workload/layer_table.h"
#include "workload/onnx/emitter.h"

namespace kiln::workload::onnx {
namespace {

double epsilon_of(const FlatNode& node) {
  const auto found = node.facts.find("epsilon");
  return found != node.facts.end() ? found->second : node.attributes.real("epsilon", 1e-5);
}

/// Scale, shift, running mean and variance; of other norms the first two.
void bind_norm(Emitter& e, const FlatNode& node, const std::string& layer, double epsilon) {
  constexpr PartKind kParts[] = {PartKind::scale, PartKind::shift, PartKind::mean, PartKind::deviation};
  for (std::size_t i = 0; i < std::size(kParts); ++i)
    if (node.has(i + 1))
      e.bind(
          {layer, kParts[i], node.inputs[i + 1], false, 1, kParts[i] == PartKind::deviation ? epsilon : 0});
}

void batch_norm(Emitter& e, const FlatNode& node) {
  for (std::size_t i = 1; i < node.inputs.size(); ++i) {
    e.fixed(node, i, "scale, shift and statistics");
    e.count(node.inputs[i]);
  }
  const std::int64_t channels = elements_of(*e.value(node.inputs[1]).dims);
  const double epsilon = epsilon_of(node);
  LayerConfig* before = e.extendable(node.inputs[0]);
  const bool takes = before != nullptr && (keys_of(before->op) & layer_key::kNorm) != 0 &&
                     before->norm == Norm::none && before->act == Activation::none && before->tied.empty() &&
                     before->split == 1 && e.at(node, 0).shape.channels() == channels;
  if (takes) {
    before->norm = Norm::batch;
    before->epsilon = epsilon;
    bind_norm(e, node, before->name, epsilon);
    return e.pass(node);
  }
  LayerConfig config = e.layer(node, LayerOp::batchnorm, node.inputs[1]);
  config.epsilon = epsilon;
  bind_norm(e, node, config.name, epsilon);
  const Place& here = e.at(node, 0);
  e.set(node.outputs[0],
        e.add(config, {here.shape.channels() == channels ? here : e.shaped(node.inputs[0], 0)}));
}

/// Over the last axis; over several of them once they are one.
void row_norm(Emitter& e, const FlatNode& node) {
  const bool rms = node.op == "RMSNormalization" || node.op == "SimplifiedLayerNormalization";
  const ValueId x = node.inputs[0];
  const auto rank = static_cast<std::int64_t>(e.value(x).dims->size());
  const int axis = e.sample_axis(x, node.attributes.integer("axis", rank - 1));
  const Dims dims = e.sample(x);
  LayerConfig config =
      e.layer(node, rms ? LayerOp::rmsnorm : LayerOp::layernorm, node.has(1) ? node.inputs[1] : kAbsent);
  config.epsilon = epsilon_of(node);
  for (std::size_t i = 1; i < node.inputs.size(); ++i) {
    if (!node.has(i)) continue;
    e.fixed(node, i, "scale and shift");
    e.count(node.inputs[i]);
  }
  if (!rms && node.inputs.size() < 3)
    e.note("layer norms without scale or shift have both here, as Kiln's own have");
  bind_norm(e, node, config.name, 0);
  const int last = static_cast<int>(dims.size()) - 1;
  Place from = e.shaped(x, last);
  if (axis != last) {
    LayerConfig joined;
    joined.op = LayerOp::reshape;
    joined.name = config.name + ".rows";
    joined.shape.assign(dims.begin(), dims.begin() + axis);
    joined.shape.push_back(-1);
    from = e.add(joined, {from});
  }
  e.set(node.outputs[0], e.add(config, {from}));
}

void channel_norm(Emitter& e, const FlatNode& node) {
  const bool groups = node.op == "GroupNormalization";
  for (std::size_t i = 1; i < node.inputs.size(); ++i) {
    e.fixed(node, i, "scale and shift");
    e.count(node.inputs[i]);
  }
  LayerConfig config = e.layer(node, groups ? LayerOp::groupnorm : LayerOp::instancenorm,
                               node.has(1) ? node.inputs[1] : kAbsent);
  config.epsilon = epsilon_of(node);
  if (groups) {
    const auto found = node.facts.find("groups");
    const double number = found != node.facts.end()
                              ? found->second
                              : static_cast<double>(node.attributes.integer("num_groups", 1));
    if (!(number >= 1 && number <= (1 << 24))) refuse(fmt::format("{} groups", number));
    config.groups = static_cast<std::int32_t>(number);
  }
  bind_norm(e, node, config.name, 0);
  const Dims dims = e.sample(node.inputs[0]);
  const Place& here = e.at(node, 0);
  e.set(node.outputs[0], e.add(config, {here.shape.channels() == dims[0] && here.shape.is_map()
                                            ? here
                                            : e.shaped(node.inputs[0], 0)}));
}

}  // namespace

EmitRule norm_emitter(std::string_view op) {
  if (op == "BatchNormalization") return batch_norm;
  if (op == "LayerNormalization" || op == "RMSNormalization" || op == "SimplifiedLayerNormalization")
    return row_norm;
  if (op == "GroupNormalization" || op == "InstanceNormalization") return channel_norm;
  return nullptr;
}

}  // namespace kiln::workload::onnx
