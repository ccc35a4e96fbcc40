// SPDX-License-Identifier: MIT
#include "workload/step_state.h"

#include <algorithm>

#include "workload/checkpoint.h"
#include "workload/sparsity.h"
#include "workload/vector_cost.h"

namespace kiln::workload {

double StepState::activation_bits(int index) const {
  if (!training) return bits_of(config.distillation->precision);
  const double bits = bits_of(precisions(index).activations);
  return quantised() ? std::min(bits, bits_of(config.quantisation_aware->activations)) : bits;
}

double StepState::saved_bits(int index) const {
  return std::min(activation_bits(index), bits_of(precisions(index).saved_activations));
}

double StepState::weight_bits(int index) const {
  return bits_of(training ? precisions(index).weights : config.distillation->precision);
}

Precision StepState::precision(int index, Phase phase) const {
  if (!training) return config.distillation->precision;
  const PrecisionConfig& own = precisions(index);
  if (phase == Phase::dgrad) return own.dgrad;
  if (phase == Phase::wgrad) return own.wgrad;
  return quantised() ? config.quantisation_aware->activations : own.forward;
}

StepState::StepState(const Network& net, const TrainingConfig& cfg, const TrainingPlan& what,
                     GraphBuilder& into)
    : network(net),
      config(cfg),
      plan(what),
      builder(into),
      tensors(net.layers.size()),
      checkpoint(net.layers.size() + 1, false) {
  values.emplace_back(1);
  for (const Layer& layer : net.layers) values.emplace_back(layer.outputs.size());
}

std::string StepState::in_chunk(int index) const {
  return chunk && index == chunk->head ? fmt::format("_{}", chunk->number) : "";
}

Op StepState::op(int index, const char* suffix, Phase phase) const {
  Op op;
  op.name = prefix + layer(index).name + "/" + suffix +
            (pass == Pass::again && phase == Phase::forward ? "_again" : "") + sweep + in_chunk(index);
  op.layer = index + layer_offset;
  op.phase = phase;
  op.precision = precision(index, phase);
  op.recompute = pass == Pass::again && phase == Phase::forward;
  return op;
}

Op StepState::array_op(int index, const char* suffix, Phase phase, const Operation& operation,
                       Derivative derivative) const {
  const Layer& own = layer(index);
  Op result = op(index, suffix, phase);
  std::int64_t visited = 0;
  if (derivative == Derivative::none && std::holds_alternative<TransposedConvolution>(operation)) {
    const Gemm products = gemm_of(operation, derivative, samples);
    visited = products.m * products.n * products.repeats;  // scattered over the result
  }
  result.run(operation, visited, derivative);
  if (!training || !own.is_weighted()) return result;
  // WGRAD has no weight operand (pruned places get a gradient like the others), DGRAD no activation.
  if (phase != Phase::wgrad && config.pruning) result.weight_density = weight_density(*config.pruning);
  const int source = source_of(network, own.inputs[0].layer);
  const Activation before = source == kNetworkInput ? Activation::none : layer(source).act;
  if (phase != Phase::dgrad && law_of(before).has_zeros) result.input_density = config.relu_density;
  return result;
}

Op StepState::low_rank_op(int index, const char* suffix, Phase phase, const Operation& operation,
                          Derivative derivative, bool on_input) const {
  Op result = array_op(index, suffix, phase, operation, derivative);
  result.weight_density = 1;
  if (!on_input) result.input_density = 1;
  return result;
}

const Shape& StepState::shape_of(const ValueRef& ref) const {
  return ref.layer == kNetworkInput ? network.input
                                    : layer(ref.layer).outputs[static_cast<std::size_t>(ref.output)];
}

std::int64_t StepState::visited(const Shape& shape) const {
  const std::int64_t rows = chunk ? std::min(chunk->positions.count, shape.rows()) : shape.rows();
  return samples * rows * (shape.elements() / shape.rows());
}

void StepState::add(Op op) {
  if (!op.outputs.empty()) add_always(std::move(op));
}

void StepState::add_always(Op op) {
  const auto touches_part = [&](TensorId id) {
    const Tensor& tensor = builder.tensor(id);
    return tensor.parts.empty() && tensor.rows() > chunk->positions.count;
  };
  for (auto* operands : {&op.inputs, &op.outputs})
    for (Operand& operand : *operands)
      if (chunk && touches_part(operand.tensor)) operand.positions = chunk->positions;
  builder.add(std::move(op));
}

TensorId StepState::tensor(int index, const std::string& suffix, TensorClass cls, const Shape& shape,
                           double bits, ElementKind element) {
  Tensor tensor;
  tensor.name =
      prefix + (index == kNetworkInput ? "input" : layer(index).name) + suffix + sweep + in_chunk(index);
  tensor.cls = cls;
  tensor.layer = index == kNetworkInput ? kNone : index + layer_offset;
  tensor.samples = samples;
  tensor.shape = shape;
  tensor.element = element;
  tensor.bits_per_element = bits;
  return builder.add(std::move(tensor));
}

TensorId StepState::error_tensor(const ValueRef& value, const std::string& suffix) {
  const auto make = [&] {
    return tensor(value.layer, suffix, TensorClass::error, shape_of(value), error_bits(value.layer));
  };
  if (!chunk || value.layer == chunk->head) return make();
  if (chunk->next_error == chunk_errors.size()) chunk_errors.push_back(make());
  return chunk_errors[chunk->next_error++];
}

TensorId StepState::parameters(int index, const std::string& suffix, TensorClass cls, const Parts& parts,
                               double bits, bool persistent, int copies) {
  Tensor tensor;
  tensor.name = prefix + layer(index).name + suffix + sweep;
  tensor.cls = cls;
  tensor.layer = index + layer_offset;
  tensor.shape = Shape::vector(elements_of(parts) * copies);
  tensor.parts = parts;
  tensor.bits_per_element = bits;
  tensor.persistent = persistent;
  return builder.add(std::move(tensor));
}

TensorId StepState::per_channel(int index, const std::string& suffix, const Parts& parts) {
  return parameters(index, suffix, TensorClass::statistics, packed(parts), bits_of(Precision::fp32), false);
}

Value StepState::make_value(int index, const std::string& suffix, const Shape& shape, bool keep) {
  const bool copy = keep && saved_bits(index) < activation_bits(index);
  Value value;
  value.now = tensor(index, suffix, keep && !copy ? TensorClass::saved : TensorClass::activation, shape,
                     activation_bits(index));
  if (!keep) return value;
  value.kept =
      copy ? tensor(index, suffix + ".kept", TensorClass::saved, shape, saved_bits(index)) : value.now;
  return value;
}

TensorId StepState::readable(const ValueRef& ref) {
  const Value& read = value(ref);
  return pass == Pass::again && checkpoint[static_cast<std::size_t>(ref.layer + 1)] ? read.kept : read.now;
}

namespace {

/// The parts that a layer's own block holds: without those that are trained beside it.
Parts block_parts(const Layer& layer, const LayerPlan& plan) {
  Parts parts = layer.parts;
  if (plan.scope == Scope::bias) {
    std::erase_if(parts, [&](const Part& part) { return elements_of(plan.trained, part.kind) > 0; });
  }
  return packed(std::move(parts));
}

}  // namespace

void emit_parameters(StepState& s, int index) {
  const Layer& layer = s.layer(index);
  const LayerPlan& plan = s.layer_plan(index);
  LayerTensors& t = s.tensors[index];
  if (layer.tied_to >= 0) {
    t.weight = s.tensors[layer.tied_to].weight;
    return;
  }
  if (layer.parameters() == 0) return;
  const bool extra = plan.scope == Scope::bias || plan.scope == Scope::lora;
  const Parts block = block_parts(layer, plan);
  double bits = s.weight_bits(index);
  // Weights that no step changes are quantised once and stored so.
  const bool fixed = extra || plan.scope == Scope::frozen;
  if (s.quantised() && fixed && layer.is_weighted())
    bits = std::min(bits, bits_of(s.config.quantisation_aware->weights));
  if (s.training && s.config.pruning && layer.is_weighted()) bits = pruned_bits(*s.config.pruning, bits);
  if (s.training && plan.base_format) bits = s.config.base_weights->bits();
  if (!block.empty()) t.weight = s.parameters(index, ".weight", TensorClass::weight, block, bits, true);
  if (extra)
    t.trained_part =
        s.parameters(index, ".trained", TensorClass::weight, plan.trained, s.weight_bits(index), true);
  if (plan.trained.empty() || s.config.kind == TrainingKind::zeroth_order) return;

  const PrecisionConfig& precision = s.precisions(index);
  t.gradient = s.parameters(index, ".gradient", TensorClass::weight_gradient, plan.trained,
                            bits_of(precision.gradients), false);
  const int state_values = optimizer_values(s.config.optimizer.kind);
  if (state_values > 0) {
    t.optimizer_state = s.parameters(index, ".state", TensorClass::optimizer_state, plan.trained,
                                     bits_of(precision.optimizer_state), true, state_values);
  }
  const double full_width = bits_of(Precision::fp32);
  if (s.config.optimizer.master_weights && s.weight_bits(index) < full_width)
    t.master = s.parameters(index, ".master", TensorClass::master_weight, plan.trained, full_width, true);
}

}  // namespace kiln::workload
