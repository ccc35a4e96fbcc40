// SPDX-License-Identifier: MIT
// Functions of one value and combinations of several as layers, or as part of the layer in front.
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "workload/layer_table.h"
#include "workload/onnx/emitter.h"

namespace kiln::workload::onnx {
namespace {

struct ActivationName {
  std::string_view op;
  Activation act;
};
constexpr ActivationName kActivations[] = {{"Relu", Activation::relu},
                                           {"LeakyRelu", Activation::leaky_relu},
                                           {"Sigmoid", Activation::sigmoid},
                                           {"HardSigmoid", Activation::hard_sigmoid},
                                           {"Tanh", Activation::tanh},
                                           {"HardSwish", Activation::hard_swish},
                                           {"Swish", Activation::silu},
                                           {"Mish", Activation::mish},
                                           {"Gelu", Activation::gelu},
                                           {"Elu", Activation::elu},
                                           {"Celu", Activation::elu},
                                           {"Selu", Activation::elu},
                                           {"Softplus", Activation::softplus},
                                           {"Erf", Activation::error_function},
                                           {"Exp", Activation::exponential},
                                           {"Log", Activation::logarithm},
                                           {"Sqrt", Activation::square_root},
                                           {"Abs", Activation::absolute},
                                           {"Reciprocal", Activation::reciprocal},
                                           {"Sin", Activation::sine},
                                           {"Cos", Activation::cosine},
                                           {"Elementwise", Activation::other}};

/// Behind the layer in front where that takes one; a line of its own elsewhere.
void apply(Emitter& e, const FlatNode& node, Activation act) {
  LayerConfig* before = e.extendable(node.inputs[0]);
  const bool takes = before != nullptr && (keys_of(before->op) & layer_key::kAct) != 0 &&
                     before->op != LayerOp::activation && before->act == Activation::none &&
                     before->split == 1;
  if (takes) {
    before->act = act;
    return e.pass(node);
  }
  LayerConfig config = e.layer(node, LayerOp::activation);
  config.act = act;
  e.set(node.outputs[0], e.add(config, {e.at(node, 0)}));
}

void activation(Emitter& e, const FlatNode& node) {
  for (const ActivationName& known : kActivations)
    if (known.op == node.op) return apply(e, node, known.act);
}

void clip(Emitter& e, const FlatNode& node) {
  const auto bound = [&](std::size_t input, const char* name, double none) {
    if (!node.has(input)) return node.attributes.real(name, none);
    const auto& constant = e.value(node.inputs[input]).constant;
    return constant && constant->size() == 1 ? constant->number(0) : std::nan("");
  };
  const double low = bound(1, "min", -HUGE_VAL), high = bound(2, "max", HUGE_VAL);
  constexpr double kUnbounded = 1e30;
  apply(e, node,
        low == 0 && high == 6            ? Activation::relu6
        : low == 0 && high >= kUnbounded ? Activation::relu
                                         : Activation::clip);
}

void power(Emitter& e, const FlatNode& node) {
  const Value& exponent = e.fixed(node, 1, "exponents");
  const bool one = exponent.constant && exponent.constant->size() == 1;
  const double n = one ? exponent.constant->number(0) : 0;
  apply(e, node,
        n == 2      ? Activation::square
        : n == 0.5  ? Activation::square_root
        : n == -1.0 ? Activation::reciprocal
                    : Activation::power);
}

void softmax(Emitter& e, const FlatNode& node) {
  const ValueId x = node.inputs[0];
  const bool flattens = node.opset < 13;
  const int axis = e.sample_axis(x, node.attributes.integer("axis", flattens ? 1 : -1));
  const Dims dims = e.sample(x);
  LayerConfig config = e.layer(node, LayerOp::softmax);
  Place from = e.shaped(x);
  std::int64_t behind = 1;
  for (std::size_t i = static_cast<std::size_t>(axis) + 1; i < dims.size(); ++i) behind *= dims[i];
  if (flattens && behind > 1) {  // early versions: over all axes from this one on
    LayerConfig rows;
    rows.op = LayerOp::reshape;
    rows.name = config.name + ".rows";
    rows.shape.assign(dims.begin(), dims.begin() + axis);
    rows.shape.push_back(-1);
    from = e.add(rows, {from});
  }
  if (axis != from.shape.channel_axis()) config.axis = axis;
  e.set(node.outputs[0], e.add(config, {from}));
}

LayerOp combine_of(std::string_view op) {
  return op == "Sub" ? LayerOp::sub : op == "Mul" ? LayerOp::mul : op == "Div" ? LayerOp::div : LayerOp::add;
}

/// A constant vector behind a product without one of its own is its bias.
bool becomes_bias(Emitter& e, const FlatNode& node, std::size_t dynamic, const Value& operand) {
  LayerConfig* before = node.op == "Add" ? e.extendable(node.inputs[dynamic]) : nullptr;
  if (before == nullptr || (keys_of(before->op) & layer_key::kBias) == 0 || before->op == LayerOp::lstm ||
      before->op == LayerOp::gru)
    return false;
  if (before->bias.value_or(true) || before->norm != Norm::none || before->act != Activation::none ||
      !before->tied.empty())
    return false;
  const Shape& shape = e.at(node, dynamic).shape;
  const std::int64_t channels = shape.channels();
  if (elements_of(*operand.dims) != channels || channels < 2) return false;
  // The one long axis of the operand has to be that of the channels, counted from the end.
  const Dims dims = e.sample(node.inputs[dynamic]);
  int from_end = 0;
  while ((*operand.dims)[operand.dims->size() - 1 - static_cast<std::size_t>(from_end)] == 1) ++from_end;
  const auto at = static_cast<int>(dims.size()) - 1 - from_end;
  const bool fits = at >= 0 && dims[static_cast<std::size_t>(at)] == channels &&
                    (before->op == LayerOp::linear || at == 0 || shape.channel_axis() == at);
  if (!fits) return false;
  before->bias = true;
  return true;
}

/// Extents of one sample of a constant operand: without the axis of the samples of what it meets.
std::vector<std::int64_t> operand_extents(Emitter& e, const FlatNode& node, const Value& operand) {
  const Value& result = e.value(node.outputs[0]);
  std::vector<std::int64_t> extents = *operand.dims;
  const int shift = static_cast<int>(result.dims->size()) - static_cast<int>(extents.size());
  const int batch = result.batch_axis - shift;
  if (result.batch_axis >= 0 && batch >= 0 && batch < static_cast<int>(extents.size()) &&
      extents[static_cast<std::size_t>(batch)] == 1)
    extents.erase(extents.begin() + batch);
  if (extents.empty()) extents.push_back(1);
  if (elements_of(extents) < 1) refuse("combines a value with nothing");
  return extents;
}

/// Large negative numbers hide what they are added to.
bool is_mask(const Value& operand) {
  if (!operand.constant) return false;
  for (std::size_t i = 0; i < operand.constant->size(); ++i)
    if (operand.constant->number(i) < -1e3) return true;
  return false;
}

void with_constant(Emitter& e, const FlatNode& node, std::size_t dynamic) {
  const Value& operand = e.value(node.inputs[1 - dynamic]);
  const bool turned = dynamic == 1 && (node.op == "Sub" || node.op == "Div");
  if (!turned && becomes_bias(e, node, dynamic, operand)) {
    e.count(node.inputs[1 - dynamic]);
    e.bind({e.at(node, dynamic).name, PartKind::bias, node.inputs[1 - dynamic], false, 1, 0});
    return e.set(node.outputs[0], e.at(node, dynamic));
  }
  const bool single = elements_of(*operand.dims) == 1;
  LayerConfig config = e.layer(node, combine_of(node.op), single ? kAbsent : node.inputs[1 - dynamic]);
  Place from = single ? e.at(node, dynamic) : e.shaped(node.inputs[dynamic]);
  if (turned) {  // c - x = -x + c, c / x = (1 / x) c
    LayerConfig first;
    first.name = config.name + ".turned";
    first.op = node.op == "Sub" ? LayerOp::mul : LayerOp::activation;
    if (node.op == "Sub") first.value = -1;
    if (node.op == "Div") first.act = Activation::reciprocal;
    from = e.add(first, {from});
    config.op = node.op == "Sub" ? LayerOp::add : LayerOp::mul;
  }
  if (single) {
    config.value = operand.constant ? as_written(static_cast<float>(operand.constant->number(0))) : 1;
    if (!std::isfinite(*config.value)) refuse("an operand that is no finite number");
  } else {
    config.operand = operand_extents(e, node, operand);
    e.bind({config.name, PartKind::operand, node.inputs[1 - dynamic], false, 1, 0});
    if (is_mask(operand))
      config.trained = false;
    else
      e.count(node.inputs[1 - dynamic]);
  }
  e.set(node.outputs[0], e.add(config, {from}));
}

void combine(Emitter& e, const FlatNode& node) {
  if (node.inputs.size() == 1) return e.pass(node);
  if (node.inputs.size() == 2) {
    if (e.is_fixed(node, 1)) return with_constant(e, node, 0);
    if (e.is_fixed(node, 0)) return with_constant(e, node, 1);
  }
  if (node.op == "Mul" && node.inputs[0] == node.inputs[1]) return apply(e, node, Activation::square);
  std::vector<Place> from;
  bool alike = true;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    alike = alike && e.sample(node.inputs[i]) == e.sample(node.inputs[0]);
    from.push_back(e.at(node, i));
  }
  for (const Place& place : from)
    alike = alike && place.shape.lies_like(from[0].shape) &&
            place.shape.channel_axis() == from[0].shape.channel_axis();
  for (std::size_t i = 0; !alike && i < from.size(); ++i) from[i] = e.shaped(node.inputs[i]);
  LayerConfig config = e.layer(node, combine_of(node.op));
  Place sum = e.add(config, from);
  if (node.op == "Mean") {
    LayerConfig share;
    share.op = LayerOp::mul;
    share.name = config.name + ".share";
    share.value = 1.0 / static_cast<double>(from.size());
    sum = e.add(share, {sum});
  }
  e.set(node.outputs[0], sum);
}

void negate(Emitter& e, const FlatNode& node) {
  LayerConfig config = e.layer(node, LayerOp::mul);
  config.value = -1;
  e.set(node.outputs[0], e.add(config, {e.at(node, 0)}));
}

/// A mask that the file knows: one of the values is taken by a fixed condition, the other is a constant.
void where(Emitter& e, const FlatNode& node) {
  e.fixed(node, 0, "conditions of a Where");
  const std::size_t dynamic = e.is_fixed(node, 1) ? 2 : 1;
  e.fixed(node, 3 - dynamic, "one of the values of a Where");
  LayerConfig config = e.layer(node, LayerOp::add);
  config.operand = operand_extents(e, node, e.value(node.inputs[0]));
  config.trained = false;
  e.set(node.outputs[0], e.add(config, {e.shaped(node.inputs[dynamic])}));
}

void host(Emitter& e, const FlatNode& node) {
  for (const ValueId output : node.outputs) {
    if (output == kAbsent || !e.is_read(output)) continue;
    LayerConfig config = e.layer(node, LayerOp::input);
    config.shape = e.sample(output);
    if (config.shape.size() > 1) config.axis = 0;
    e.set(output, e.add(config, {}));
  }
}

}  // namespace

EmitRule elementwise_emitter(std::string_view op) {
  for (const ActivationName& known : kActivations)
    if (known.op == op) return activation;
  if (op == "Add" || op == "Sub" || op == "Mul" || op == "Div" || op == "Sum" || op == "Mean") return combine;
  if (op == "Identity" || op == "Dropout" || op == "Cast" || op == "CastLike") return pass_on;
  if (op == "Softmax" || op == "LogSoftmax") return softmax;
  if (op == "Clip") return clip;
  if (op == "Pow") return power;
  if (op == "Neg") return negate;
  if (op == "Where") return where;
  // Fake quantisation is a way of training, not a layer.
  if (op == "QuantizeLinear" || op == "DequantizeLinear") return pass_on;
  if (op == "Host") return host;
  return nullptr;
}

}  // namespace kiln::workload::onnx
