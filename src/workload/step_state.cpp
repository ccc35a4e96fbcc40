// SPDX-License-Identifier: MIT
#include "workload/step_state.h"

#include <algorithm>

#include "workload/checkpoint.h"
#include "workload/sparsity.h"
#include "workload/vector_cost.h"

namespace kiln::workload {

double StepState::activation_bits() const {
  if (!training) return bits_of(config.distillation->precision);
  const double bits = bits_of(config.precision.activations);
  return quantised() ? std::min(bits, bits_of(config.quantisation_aware->activations)) : bits;
}

double StepState::saved_bits() const {
  return std::min(activation_bits(), bits_of(config.precision.saved_activations));
}

double StepState::weight_bits() const {
  return bits_of(training ? config.precision.weights : config.distillation->precision);
}

Precision StepState::precision(Phase phase) const {
  if (!training) return config.distillation->precision;
  if (phase == Phase::dgrad) return config.precision.dgrad;
  if (phase == Phase::wgrad) return config.precision.wgrad;
  return quantised() ? config.quantisation_aware->activations : config.precision.forward;
}

Op StepState::op(int index, const char* suffix, Phase phase, OpKind kind) const {
  Op op;
  op.name = prefix + layer(index).name + "/" + suffix +
            (pass == Pass::again && phase == Phase::forward ? "_again" : "");
  op.layer = index + layer_offset;
  op.phase = phase;
  op.kind = kind;
  op.precision = precision(phase);
  op.recompute = pass == Pass::again && phase == Phase::forward;
  return op;
}

Op StepState::array_op(int index, const char* suffix, Phase phase, const Gemm& gemm) const {
  const Layer& own = layer(index);
  Op result = op(index, suffix, phase, own.op == LayerOp::depthwise ? OpKind::depthwise : OpKind::gemm);
  result.gemm = gemm;
  if (own.op == LayerOp::conv || own.op == LayerOp::depthwise) result.conv = own.window;
  if (!training || !own.is_weighted()) return result;
  // WGRAD has no weight operand (pruned places get a gradient like the others), DGRAD no activation.
  if (phase != Phase::wgrad && config.pruning) result.weight_density = weight_density(*config.pruning);
  const int source = source_of(network, own.inputs[0]);
  const Activation before = source == kNetworkInput ? Activation::none : layer(source).act;
  if (phase != Phase::dgrad && (before == Activation::relu || before == Activation::relu6))
    result.input_density = config.relu_density;
  return result;
}

Op StepState::low_rank_op(int index, const char* suffix, Phase phase, const Gemm& gemm, bool on_input) const {
  Op result = array_op(index, suffix, phase, gemm);
  result.weight_density = 1;
  if (on_input) return result;
  result.input_density = 1;
  result.conv.reset();
  return result;
}

TensorId StepState::tensor(int index, const std::string& suffix, TensorClass cls, const Shape& shape,
                           double bits) {
  Tensor tensor;
  tensor.name = prefix + (index == kNetworkInput ? "input" : layer(index).name) + suffix;
  tensor.cls = cls;
  tensor.layer = index == kNetworkInput ? kNone : index + layer_offset;
  tensor.samples = samples;
  tensor.rows = shape.height;
  tensor.row_elements = shape.width * shape.channels;
  tensor.bits_per_element = bits;
  return builder.add(std::move(tensor));
}

TensorId StepState::parameters(int index, const std::string& suffix, TensorClass cls, std::int64_t elements,
                               double bits, bool persistent) {
  const std::int64_t channels = layer(index).out.channels;
  Tensor tensor;
  tensor.name = prefix + layer(index).name + suffix;
  tensor.cls = cls;
  tensor.layer = index + layer_offset;
  tensor.rows =
      elements % channels == 0 ? channels : 1;  // a row per output channel where that is a whole number
  tensor.row_elements = elements / tensor.rows;
  tensor.bits_per_element = bits;
  tensor.persistent = persistent;
  return builder.add(std::move(tensor));
}

TensorId StepState::per_channel(int index, const std::string& suffix, std::int64_t channels,
                                int values_each) {
  Tensor tensor;
  tensor.name = prefix + layer(index).name + suffix;
  tensor.cls = TensorClass::statistics;
  tensor.layer = index + layer_offset;
  tensor.row_elements = channels * values_each;
  tensor.bits_per_element = bits_of(Precision::fp32);
  return builder.add(std::move(tensor));
}

void StepState::make_value(int index, const std::string& suffix, const Shape& shape, bool keep,
                           std::vector<TensorId>& now, std::vector<TensorId>& kept) {
  const bool copy = keep && saved_bits() < activation_bits();
  now.push_back(tensor(index, suffix, keep && !copy ? TensorClass::saved : TensorClass::activation, shape,
                       activation_bits()));
  if (!keep) return;
  kept.push_back(copy ? tensor(index, suffix + ".kept", TensorClass::saved, shape, saved_bits())
                      : now.back());
}

const std::vector<TensorId>& StepState::readable(int index) const {
  const Value& value = values[index + 1];
  return pass == Pass::again && checkpoint[index + 1] ? value.kept : value.now;
}

void append(std::vector<TensorId>& list, TensorId id) {
  if (id != kNone && std::find(list.begin(), list.end(), id) == list.end()) list.push_back(id);
}

void append(std::vector<TensorId>& list, const std::vector<TensorId>& more) {
  for (const TensorId id : more) append(list, id);
}

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
  const std::int64_t base = layer.parameters() - (plan.scope == Scope::bias ? plan.trainable_parameters : 0);
  double bits = s.weight_bits();
  if (s.training && s.config.pruning && layer.is_weighted()) bits = pruned_bits(*s.config.pruning, bits);
  // Weights that no step changes are quantised once and stored so.
  const bool fixed = extra || plan.scope == Scope::frozen;
  if (s.quantised() && fixed && layer.is_weighted())
    bits = std::min(bits, bits_of(s.config.quantisation_aware->weights));
  if (base > 0) t.weight = s.parameters(index, ".weight", TensorClass::weight, base, bits, true);
  if (extra)
    t.trained_part = s.parameters(index, ".trained", TensorClass::weight, plan.trainable_parameters,
                                  s.weight_bits(), true);
  if (plan.trainable_parameters == 0) return;

  const PrecisionConfig& precision = s.config.precision;
  const std::int64_t count = plan.trainable_parameters;
  t.gradient = s.parameters(index, ".gradient", TensorClass::weight_gradient, count,
                            bits_of(precision.gradients), false);
  const int state_values = optimizer_values(s.config.optimizer.kind);
  if (state_values > 0) {
    t.optimizer_state = s.parameters(index, ".state", TensorClass::optimizer_state, count * state_values,
                                     bits_of(precision.optimizer_state), true);
  }
  const double full_width = bits_of(Precision::fp32);
  if (s.config.optimizer.master_weights && s.weight_bits() < full_width)
    t.master = s.parameters(index, ".master", TensorClass::master_weight, count, full_width, true);
}

}  // namespace kiln::workload
