// SPDX-License-Identifier: MIT
#include "workload/layers/emission.h"

#include <algorithm>

#include "base/error.h"

namespace kiln::workload {
namespace {

std::string part_suffix(const Layer& layer, int part) {
  static constexpr const char* kAttention[] = {".q", ".k", ".v"};
  if (layer.outputs.size() == 1) return "";
  return layer.op == LayerOp::linear && layer.outputs.size() == 3 ? kAttention[part]
                                                                  : fmt::format(".{}", part);
}

std::string error_suffix(const StepState& s, const ValueRef& value) {
  const bool one = value.layer == kNetworkInput || s.layer(value.layer).outputs.size() == 1;
  return one ? ".error" : fmt::format(".error{}", value.output);
}

}  // namespace

Op own_pass(StepState& s, int index) {
  const Layer& layer = s.layer(index);
  Op op = s.op(index, "forward", Phase::forward);
  op.run(layer.operation, s.elements(layer.out));
  read_inputs(s, index, op);
  return op;
}

Op error_pass(StepState& s, int index) {
  const Layer& layer = s.layer(index);
  Op op = s.op(index, "dgrad", Phase::dgrad);
  op.run(layer.operation, s.elements(layer.out), Derivative::input);
  read_errors(s, index, op);
  return op;
}

void read_parameters(const StepState& s, int index, Op& op) {
  const LayerTensors& t = s.tensors[index];
  op.read(Role::parameters, t.weight);
  op.read(Role::trained, t.trained_part);
}

ElementKind input_elements(const StepState& s, const ValueRef& input) {
  const std::vector<Layer>& layers = s.network.layers;
  const bool tokens = std::any_of(layers.begin(), layers.end(), [&](const Layer& layer) {
    return std::holds_alternative<LookUp>(layer.operation) && layer.inputs[0] == input;
  });
  return tokens ? ElementKind::index : ElementKind::number;
}

void read_inputs(StepState& s, int index, Op& op) {
  std::int32_t number = 0;
  for (const ValueRef& input : s.layer(index).inputs) op.read(Role::data, s.readable(input), number++);
}

void read_routing(const StepState& s, int index, Op& op) {
  const int router = s.layer(index).routed_by;
  if (router >= 0) op.read(Role::index, s.tensors[static_cast<std::size_t>(router)].routing);
}

void read_kept(StepState& s, int index, std::size_t input, Op& op) {
  op.read(Role::data, s.value(s.layer(index).inputs[input]).kept, static_cast<std::int32_t>(input));
}

void read_errors(StepState& s, int index, Op& op) {
  std::int32_t number = 0;
  for (const Value& value : s.outputs(index)) op.read(Role::error, value.error, number++);
}

void write_output(StepState& s, int index, Op& op) {
  const Layer& layer = s.layer(index);
  const bool checkpoint = s.checkpoint[static_cast<std::size_t>(index + 1)];
  if (s.pass == Pass::again && checkpoint) return;
  const bool keep = s.pass == Pass::discard ? checkpoint : s.layer_plan(index).keep_output || checkpoint;
  Values& outputs = s.outputs(index);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const TensorId error = outputs[i].error;
    outputs[i] = s.make_value(index, part_suffix(layer, static_cast<int>(i)), layer.outputs[i], keep);
    outputs[i].error = error;
  }
  std::int32_t number = 0;
  for (const Value& value : outputs) op.write(Role::result, value.now, number++);
  number = 0;
  for (const Value& value : outputs) {
    if (value.kept != value.now) op.write(Role::kept, value.kept, number);
    ++number;
  }
}

void finish_output(StepState& s, int index, Op& op) {
  const Layer& layer = s.layer(index);
  LayerTensors& t = s.tensors[index];
  const bool quantised = s.quantised();
  const std::int64_t elements = s.elements(layer.out);
  if (layer.act != Activation::none) op.run(Activate{layer.act}, elements);
  if (quantised) op.run(FakeQuantise{s.config.quantisation_aware->activations}, elements);
  write_output(s, index, op);
  if (!s.keeps(index)) return;
  const Keeps keeps = law_of(layer.act).keeps;
  const bool clips = keeps == Keeps::mask || quantised;
  t.mask = clips ? s.tensor(index, ".mask", TensorClass::saved, layer.out, 1, ElementKind::mask) : kNone;
  t.act_input = keeps == Keeps::input
                    ? s.tensor(index, ".act_input", TensorClass::saved, layer.out, s.saved_bits(index))
                    : kNone;
  op.write(Role::mask, t.mask);
  op.write(Role::act_input, t.act_input);
}

void emit_fake_quantisation(StepState& s, int index) {
  LayerTensors& t = s.tensors[index];
  // Frozen weights are quantised once, not in every step.
  if (!s.quantised() || t.weight == kNone || s.layer_plan(index).scope != Scope::full ||
      s.pass == Pass::again || s.goes_on())
    return;
  const Tensor& weight = s.builder.tensor(t.weight);
  const Parts parts = weight.parts;
  const Precision precision = s.config.quantisation_aware->weights;
  t.quantised = s.parameters(index, ".quantised", TensorClass::weight, parts, bits_of(precision), false);
  Op op = s.op(index, "fake_quantise", Phase::forward);
  op.run(FakeQuantise{precision, 2}, elements_of(parts));
  op.read(t.master != kNone ? Role::master : Role::parameters, t.master != kNone ? t.master : t.weight);
  op.write(Role::quantised, t.quantised);
  s.add(std::move(op));
}

void read_weights(const StepState& s, int index, Op& op) {
  const LayerTensors& t = s.tensors[index];
  if (t.quantised != kNone)
    op.read(Role::quantised, t.quantised);
  else
    op.read(Role::parameters, t.weight);
  if (s.training && s.layer_plan(index).base_format)
    op.run(Dequantise{}, elements_of(s.layer(index).parts, PartKind::weight));
}

void write_error(StepState& s, const ValueRef& target, Op& op, std::int32_t input) {
  Value& value = s.value(target);
  if (value.error != kNone) {
    op.read(Role::addend, value.error, input);
    op.run(Accumulate{}, s.visited(s.shape_of(target)));
  }
  value.error = s.error_tensor(target, error_suffix(s, target));
  op.write(Role::input_error, value.error, input);
}

void pass_error(StepState& s, int index, const ValueRef& target) {
  if (!s.plan.live(target)) return;
  const TensorId error = s.outputs(index)[0].error;
  Value& value = s.value(target);
  if (value.error == kNone) {
    value.error = error;
    return;
  }
  Op op = s.op(index, "accumulate", Phase::dgrad);
  op.read(Role::error, error);
  write_error(s, target, op);
  s.add(std::move(op));
}

void read_activation(StepState& s, int index, std::int64_t elements, Op& op, bool within_norm) {
  const Layer& layer = s.layer(index);
  const LayerTensors& t = s.tensors[index];
  op.read(Role::mask, t.mask);
  op.read(Role::act_input, t.act_input);
  if (law_of(layer.act).keeps == Keeps::output) {
    std::int32_t number = 0;
    for (const Value& value : s.outputs(index)) op.read(Role::result, value.kept, number++);
  }
  const bool active = layer.act != Activation::none;
  if (active) op.run(Activate{layer.act}, elements, Derivative::input);
  if (s.quantised())
    op.run(FakeQuantise{s.config.quantisation_aware->activations, 1, active || within_norm}, elements,
           Derivative::input);
}

std::vector<TensorId> through_activation(StepState& s, int index) {
  const Layer& layer = s.layer(index);
  std::vector<TensorId> errors;
  for (const Value& value : s.outputs(index)) errors.push_back(value.error);
  if (layer.act == Activation::none && !s.quantised()) return errors;
  Op op = s.op(index, "act_backward", Phase::dgrad);
  read_errors(s, index, op);
  read_activation(s, index, s.elements(layer.out), op);
  std::int32_t number = 0;
  for (TensorId& error : errors) {
    if (error != kNone)
      error = s.tensor(index, ".error_before_act", TensorClass::error,
                       layer.outputs[static_cast<std::size_t>(number)], s.error_bits(index));
    op.write(Role::input_error, error, number++);
  }
  s.add(std::move(op));
  return errors;
}

TensorId make_statistics(StepState& s, int index) {
  const std::int64_t channels = s.layer(index).out.channels();
  return s.per_channel(index, ".statistics",
                       {{PartKind::mean, {channels}},
                        {PartKind::deviation, {channels}},
                        {PartKind::scale, {channels}},
                        {PartKind::shift, {channels}}});
}

void emit_normalised(StepState& s, int index, TensorId raw) {
  Op norm = s.op(index, "norm", Phase::forward);
  norm.run(ScaleShift{}, s.elements(s.layer(index).out));
  norm.read(Role::data, raw);
  norm.read(Role::statistics, s.tensors[index].statistics);
  finish_output(s, index, norm);
  s.add(std::move(norm));
}

BehindNorm through_batch_norm(StepState& s, int index, bool needs_error) {
  const Layer& layer = s.layer(index);
  const LayerTensors& t = s.tensors[index];
  const std::int64_t elements = s.elements(layer.out), channels = layer.out.channels();
  const Normalise norm{NormKind::batch, 1, layer.epsilon};
  Op reduce = s.op(index, "norm_reduce", Phase::dgrad);
  read_errors(s, index, reduce);
  read_activation(s, index, elements, reduce, true);
  const std::vector<Action> through = reduce.actions;
  reduce.run(norm, elements, Derivative::statistics);
  reduce.read(Role::data, t.before_norm);
  reduce.read(Role::statistics, t.statistics);
  reduce.all_reduce = s.config.norm_statistics == NormStatistics::synchronised;
  const std::vector<Operand> inputs = reduce.inputs;
  BehindNorm result;
  result.sums =
      s.per_channel(index, ".norm_sums", {{PartKind::scale, {channels}}, {PartKind::shift, {channels}}});
  reduce.write(Role::sums, result.sums);
  s.add(std::move(reduce));
  if (!needs_error) return result;

  Op back = s.op(index, "norm_backward", Phase::dgrad);
  back.actions = through;
  back.run(norm, elements, Derivative::input);
  back.inputs = inputs;
  back.read(Role::sums, result.sums);
  result.error = s.tensor(index, ".error_before_norm", TensorClass::error, layer.out, s.error_bits(index));
  back.write(Role::input_error, result.error);
  s.add(std::move(back));
  return result;
}

void write_gradient(StepState& s, int owner, Op& op) {
  LayerTensors& t = s.tensors[owner];
  KILN_CHECK(t.gradient != kNone, "{} writes the gradient of a frozen layer", op.name);
  const Tensor& gradient = s.builder.tensor(t.gradient);
  const Part* factor = factor_of(op, gradient);
  const PartKind kind = factor == nullptr ? PartKind::weight : factor->kind;
  if (t.gradient_started.count(kind) > 0 || s.config.micro_batches > 1) {
    op.read(Role::gradient, t.gradient);
    const bool sums = std::any_of(op.actions.begin(), op.actions.end(),
                                  [](const Action& action) { return action.elements > 0; });
    const std::int64_t elements = factor == nullptr ? gradient.elements() : factor->elements();
    op.run(AddToGradient{sums}, sums ? 0 : elements);
  }
  t.gradient_started.insert(kind);
  op.write(Role::gradient, t.gradient);
}

void emit_sum_gradient(StepState& s, int index, const std::vector<TensorId>& errors) {
  Op op = s.op(index, "wgrad", Phase::wgrad);
  op.run(SumError{}, s.elements(s.layer(index).out));
  std::int32_t number = 0;
  for (const TensorId error : errors) op.read(Role::error, error, number++);
  write_gradient(s, index, op);
  s.add(std::move(op));
}

}  // namespace kiln::workload
