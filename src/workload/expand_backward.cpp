// SPDX-License-Identifier: MIT
// Backward operations of one layer: through activation and norm, then DGRAD for the readers' sake, then
// WGRAD. An error with several contributions (a residual branch) is summed in the epilogue of each later
// producer; a plain addition passes its error on without any work.
#include <algorithm>

#include "base/error.h"
#include "workload/gemm_shapes.h"
#include "workload/step_state.h"
#include "workload/vector_cost.h"

namespace kiln::workload {
namespace {

double error_bits(const StepState& s) {
  return bits_of(s.config.precision.errors);
}

const Shape& shape_of(const StepState& s, int index) {
  return index == kNetworkInput ? s.network.input : s.layer(index).out;
}

/// `op` produces a contribution to part `part` of the error of layer `target`; adds what is there already.
void write_error(StepState& s, int target, std::size_t part, Op& op) {
  Value& value = s.value(target);
  const int parts = target == kNetworkInput ? 1 : s.layer(target).split;
  value.error.resize(parts, kNone);
  Shape shape = shape_of(s, target);
  shape.channels /= parts;
  if (value.error[part] != kNone) {
    op.reads.push_back(value.error[part]);
    if (op.vector.elements == 0) op.vector = {s.samples * shape.elements(), 0, 1};
    op.vector.ops_per_element += kAccumulate / op.vector.passes;
  }
  const std::string suffix = parts == 1 ? ".error" : fmt::format(".error{}", part);
  value.error[part] = s.tensor(target, suffix, TensorClass::error, shape, error_bits(s));
  op.writes.push_back(value.error[part]);
}

void write_errors(StepState& s, int target, Op& op) {
  const int parts = target == kNetworkInput ? 1 : s.layer(target).split;
  for (int part = 0; part < parts; ++part) write_error(s, target, part, op);
}

/// The error of `source` is, unchanged, a contribution to that of `target`.
void pass_error(StepState& s, int source, int target) {
  if (!s.plan.live(target)) return;
  Value& value = s.value(target);
  const std::vector<TensorId>& error = s.value(source).error;
  if (value.error.empty()) {
    value.error = error;
    return;
  }
  Op op = s.op(source, "accumulate", Phase::dgrad, OpKind::vector);
  op.vector = {s.samples * shape_of(s, target).elements(), 0, 1};
  append(op.reads, error);
  write_errors(s, target, op);
  s.builder.add(std::move(op));
}

/// Through activation (and fake quantisation) without batch statistics. Returns the error in front of it.
std::vector<TensorId> through_activation(StepState& s, int index) {
  const Layer& layer = s.layer(index);
  const LayerTensors& t = s.tensors[index];
  const std::vector<TensorId>& error = s.value(index).error;
  const bool quantised = s.quantised() && layer.op != LayerOp::lstm;
  if (layer.act == Activation::none && !quantised) return error;
  Op op = s.op(index, "act_backward", Phase::dgrad, OpKind::vector);
  op.vector = {s.samples * layer.out.elements(), std::max(1.0, activation_backward_ops(layer.act)), 1};
  append(op.reads, error);
  append(op.reads, t.act_saved);
  if (layer.act == Activation::sigmoid) append(op.reads, s.value(index).kept);
  std::vector<TensorId> before;
  for (int i = 0; i < layer.split; ++i) {
    Shape shape = layer.out;
    shape.channels /= layer.split;
    before.push_back(s.tensor(index, ".error_before_act", TensorClass::error, shape, error_bits(s)));
  }
  append(op.writes, before);
  s.builder.add(std::move(op));
  return before;
}

/// Through activation and batch norm: one pass for the two sums per channel, one for the error.
std::vector<TensorId> through_batch_norm(StepState& s, int index, TensorId& sums) {
  const Layer& layer = s.layer(index);
  const LayerTensors& t = s.tensors[index];
  const std::int64_t elements = s.samples * layer.out.elements();
  Op reduce = s.op(index, "norm_reduce", Phase::dgrad, OpKind::vector);
  reduce.vector = {elements, kNormReduce + activation_backward_ops(layer.act), 1};
  append(reduce.reads, s.value(index).error);
  append(reduce.reads, t.act_saved);
  if (layer.act == Activation::sigmoid) append(reduce.reads, s.value(index).kept);
  append(reduce.reads, t.before_norm);
  append(reduce.reads, t.statistics);
  sums = s.per_channel(index, ".norm_sums", layer.out.channels, 2);
  reduce.all_reduce = s.config.norm_statistics == NormStatistics::synchronised;
  std::vector<TensorId> reads = reduce.reads;
  reduce.writes = {sums};
  s.builder.add(std::move(reduce));

  Op back = s.op(index, "norm_backward", Phase::dgrad, OpKind::vector);
  back.vector = {elements, kNormBackward + activation_backward_ops(layer.act), 1};
  back.reads = std::move(reads);
  append(back.reads, sums);
  const TensorId before = s.tensor(index, ".error_before_norm", TensorClass::error, layer.out, error_bits(s));
  back.writes = {before};
  s.builder.add(std::move(back));
  return {before};
}

/// Lets `op` add its result to the gradient of `owner`.
void write_gradient(StepState& s, int owner, Op& op) {
  LayerTensors& t = s.tensors[owner];
  KILN_CHECK(t.gradient != kNone, "{} writes the gradient of a frozen layer", op.name);
  if (t.gradient_started || s.config.micro_batches > 1) {
    op.reads.push_back(t.gradient);
    op.vector.elements = std::max(op.vector.elements, s.builder.tensor(t.gradient).elements());
    if (op.vector.ops_per_element == 0) op.vector.ops_per_element = kAccumulate;
  }
  t.gradient_started = true;
  op.writes.push_back(t.gradient);
}

TensorId backward_weight(const LayerTensors& t) {
  return t.quantised != kNone ? t.quantised : t.weight;
}

/// Sum of the error over samples and positions: gradient of biases, shifts, position tables.
void emit_sum_gradient(StepState& s, int index, const std::vector<TensorId>& error) {
  Op op = s.op(index, "wgrad", Phase::wgrad, OpKind::vector);
  op.vector = {s.samples * s.layer(index).out.elements(), kAccumulate, 1};
  append(op.reads, error);
  write_gradient(s, index, op);
  s.builder.add(std::move(op));
}

void emit_low_rank(StepState& s, int index, const std::vector<TensorId>& error, bool passes_on) {
  const Layer& layer = s.layer(index);
  const LayerTensors& t = s.tensors[index];
  const Gemm full = forward_gemm(layer, s.samples);
  const std::int64_t rank = s.config.lora_rank;
  Shape reduced = layer.out;
  reduced.channels = rank;
  const TensorId inner = s.tensor(index, ".low_rank_error", TensorClass::error, reduced, error_bits(s));
  Op down = s.low_rank_op(index, "lora_up_dgrad", Phase::dgrad, {full.m, rank, full.n, 1}, false);
  append(down.reads, error);
  append(down.reads, t.trained_part);
  down.writes = {inner};
  s.builder.add(std::move(down));
  if (passes_on) {
    // dX gets dY W^T + dT A^T; the second product is an operation of its own and accumulates.
    Op up = s.low_rank_op(index, "lora_down_dgrad", Phase::dgrad, {full.m, full.k, rank, 1}, true);
    up.reads = {inner, t.trained_part};
    write_errors(s, layer.inputs[0], up);
    s.builder.add(std::move(up));
  }
  Op up_grad = s.low_rank_op(index, "lora_up_wgrad", Phase::wgrad, {rank, full.n, full.m, 1}, false);
  up_grad.reads = {t.low_rank};
  append(up_grad.reads, error);
  write_gradient(s, index, up_grad);
  s.builder.add(std::move(up_grad));
  Op down_grad = s.low_rank_op(index, "lora_down_wgrad", Phase::wgrad, {full.k, rank, full.m, 1}, true);
  append(down_grad.reads, s.value(layer.inputs[0]).kept);
  down_grad.reads.push_back(inner);
  write_gradient(s, index, down_grad);
  s.builder.add(std::move(down_grad));
}

void emit_weighted(StepState& s, int index) {
  const Layer& layer = s.layer(index);
  const LayerTensors& t = s.tensors[index];
  const Scope scope = s.layer_plan(index).scope;
  const Gemm forward = forward_gemm(layer, s.samples);
  TensorId sums = kNone;
  const std::vector<TensorId> error =
      s.layer_plan(index).batch_stats ? through_batch_norm(s, index, sums) : through_activation(s, index);

  const bool passes_on = s.plan.live(layer.inputs[0]);
  if (passes_on) {
    Op op = s.array_op(index, "dgrad", Phase::dgrad, dgrad_gemm(forward));
    append(op.reads, error);
    append(op.reads, backward_weight(t));
    write_errors(s, layer.inputs[0], op);
    s.builder.add(std::move(op));
  }
  if (scope == Scope::lora) emit_low_rank(s, index, error, passes_on);
  if (scope == Scope::bias) emit_sum_gradient(s, index, error);
  if (scope != Scope::full) return;
  Op op = s.array_op(index, "wgrad", Phase::wgrad, wgrad_gemm(forward));
  append(op.reads, s.value(layer.inputs[0]).kept);
  append(op.reads, error);
  append(op.reads, sums);  // gradients of scale and shift join the layer's gradient
  if (layer.bias_parameters > 0) op.vector = {s.samples * layer.out.elements(), kAccumulate, 1};
  write_gradient(s, layer.tied_to >= 0 ? layer.tied_to : index, op);
  s.builder.add(std::move(op));
}

void emit_lstm(StepState& s, int index) {
  const Layer& layer = s.layer(index);
  const LayerTensors& t = s.tensors[index];
  const Gemm recurrent = lstm_recurrent_gemm(layer, s.samples);
  const Gemm input = lstm_input_gemm(layer, s.samples);
  Shape gates = layer.out;
  gates.channels *= 4;
  const TensorId gate_error = s.tensor(index, ".gate_error", TensorClass::error, gates, error_bits(s));
  Op back = s.array_op(index, "recurrent_dgrad", Phase::dgrad, dgrad_gemm(recurrent));
  append(back.reads, s.value(index).error);
  append(back.reads, t.cell);
  append(back.reads, backward_weight(t));
  back.vector = {s.samples * layer.out.elements(), kLstmCellBackward, 1};
  back.writes = {gate_error};
  s.builder.add(std::move(back));
  if (s.plan.live(layer.inputs[0])) {
    Op op = s.array_op(index, "input_dgrad", Phase::dgrad, dgrad_gemm(input));
    op.reads = {gate_error};
    append(op.reads, backward_weight(t));
    write_errors(s, layer.inputs[0], op);
    s.builder.add(std::move(op));
  }
  if (s.layer_plan(index).scope == Scope::bias) emit_sum_gradient(s, index, {gate_error});
  if (s.layer_plan(index).scope != Scope::full) return;
  Op from_input = s.array_op(index, "input_wgrad", Phase::wgrad, wgrad_gemm(input));
  append(from_input.reads, s.value(layer.inputs[0]).kept);
  append(from_input.reads, gate_error);
  from_input.vector = {s.samples * gates.elements(), kAccumulate, 1};
  write_gradient(s, index, from_input);
  s.builder.add(std::move(from_input));
  Op from_state =
      s.array_op(index, "recurrent_wgrad", Phase::wgrad, lstm_recurrent_wgrad_gemm(layer, s.samples));
  append(from_state.reads, t.cell);  // hidden states follow from output gate and cell state
  append(from_state.reads, gate_error);
  write_gradient(s, index, from_state);
  s.builder.add(std::move(from_state));
}

void emit_table(StepState& s, int index) {
  const Layer& layer = s.layer(index);
  if (layer.op == LayerOp::positions) {
    if (s.layer_plan(index).scope == Scope::full) emit_sum_gradient(s, index, s.value(index).error);
    return pass_error(s, index, layer.inputs[0]);  // the class token's row is simply not read
  }
  if (s.layer_plan(index).scope != Scope::full) return;
  Op op = s.op(index, "wgrad", Phase::wgrad, OpKind::gather);
  op.vector = {s.samples * layer.out.elements(), kAccumulate, 1};
  append(op.reads, s.value(layer.inputs[0]).kept);
  append(op.reads, s.value(index).error);
  write_gradient(s, index, op);
  s.builder.add(std::move(op));
}

void emit_layernorm(StepState& s, int index) {
  const Layer& layer = s.layer(index);
  const LayerTensors& t = s.tensors[index];
  const std::int64_t elements = s.samples * layer.out.elements();
  if (s.plan.live(layer.inputs[0])) {
    Op op = s.op(index, "dgrad", Phase::dgrad, OpKind::vector);
    op.vector = {elements, kLayerNormBackwardPass, 2};
    append(op.reads, s.value(index).error);
    append(op.reads, s.value(layer.inputs[0]).kept);
    append(op.reads, t.statistics);
    append(op.reads, t.weight);
    write_errors(s, layer.inputs[0], op);
    s.builder.add(std::move(op));
  }
  const Scope scope = s.layer_plan(index).scope;
  if (scope == Scope::bias) return emit_sum_gradient(s, index, s.value(index).error);
  if (scope != Scope::full) return;
  Op op = s.op(index, "wgrad", Phase::wgrad, OpKind::vector);
  op.vector = {elements, kLayerNormGradient, 1};
  append(op.reads, s.value(index).error);
  append(op.reads, s.value(layer.inputs[0]).kept);
  append(op.reads, t.statistics);
  write_gradient(s, index, op);
  s.builder.add(std::move(op));
}

/// The error of one operand of a product; `left` and `right` are the factors in the order of the GEMM.
void emit_product(StepState& s, int index, const char* suffix, const Gemm& gemm, TensorId left,
                  TensorId right, int target, std::size_t part) {
  if (!s.plan.live(target)) return;
  Op op = s.array_op(index, suffix, Phase::dgrad, gemm);
  op.reads = {left, right};
  write_error(s, target, part, op);
  s.builder.add(std::move(op));
}

void emit_attention(StepState& s, int index) {
  const Layer& layer = s.layer(index);
  const Gemm forward = attention_gemm(layer, s.samples);
  const int projection = layer.inputs.back();
  const std::vector<TensorId> parts = s.value(projection).kept;
  TensorId error = s.value(index).error[0];
  if (layer.op == LayerOp::attention_values) {
    const int scores = layer.inputs[0];
    emit_product(s, index, "dgrad_scores", dgrad_gemm(forward), error, parts[2], scores, 0);
    emit_product(s, index, "dgrad_v", wgrad_gemm(forward), s.value(scores).kept[0], error, projection, 2);
    return;
  }
  Op softmax = s.op(index, "softmax_backward", Phase::dgrad, OpKind::vector);
  softmax.vector = {s.samples * layer.out.elements(), kSoftmaxBackwardPass, 2};
  softmax.reads = {error, s.value(index).kept[0]};
  error = s.tensor(index, ".error_before_softmax", TensorClass::error, layer.out, error_bits(s));
  softmax.writes = {error};
  s.builder.add(std::move(softmax));
  emit_product(s, index, "dgrad_q", dgrad_gemm(forward), error, parts[1], projection, 0);
  emit_product(s, index, "dgrad_k", wgrad_gemm(forward), parts[0], error, projection, 1);
}

/// Pools and select: the error is spread over the input.
void emit_spread(StepState& s, int index) {
  const Layer& layer = s.layer(index);
  if (!s.plan.live(layer.inputs[0])) return;
  Op op = s.op(index, "dgrad", Phase::dgrad, OpKind::vector);
  op.vector = {s.samples * layer.in.elements(), 1, 1};
  append(op.reads, s.value(index).error);
  append(op.reads, s.tensors[index].pool_index);
  write_errors(s, layer.inputs[0], op);
  s.builder.add(std::move(op));
}

void emit_elementwise(StepState& s, int index) {
  const Layer& layer = s.layer(index);
  s.value(index).error = through_activation(s, index);
  if (layer.op == LayerOp::add) {
    for (const int input : layer.inputs) pass_error(s, index, input);
    return;
  }
  for (std::size_t i = 0; i < 2; ++i) {
    if (!s.plan.live(layer.inputs[i])) continue;
    Op op = s.op(index, i == 0 ? "dgrad" : "dgrad_factor", Phase::dgrad, OpKind::vector);
    op.vector = {s.samples * layer.out.elements(), 1, 1};
    append(op.reads, s.value(index).error);
    append(op.reads, s.value(layer.inputs[1 - i]).kept);
    write_errors(s, layer.inputs[i], op);
    s.builder.add(std::move(op));
  }
}

}  // namespace

void emit_loss(StepState& s, TensorId teacher) {
  const int last = static_cast<int>(s.network.layers.size()) - 1;
  Op op = s.op(last, "loss", Phase::forward, OpKind::vector);
  op.vector = {s.samples * s.layer(last).out.elements(), loss_ops(s.network.loss), 3};
  append(op.reads, s.readable(last));
  if (teacher != kNone) {
    op.vector.ops_per_element *= 2;  // a second softmax and its divergence
    op.reads.push_back(teacher);
  }
  if (s.config.loss_scaling.kind != LossScalingKind::none) op.vector.ops_per_element += kScaleShift / 3;
  if (s.plan.live(last)) write_errors(s, last, op);
  s.builder.add(std::move(op));
}

void emit_backward(StepState& s, int index) {
  if (!s.layer_plan(index).live) return;
  const Layer& layer = s.layer(index);
  const std::vector<TensorId>& error = s.value(index).error;
  KILN_CHECK(!error.empty() && std::find(error.begin(), error.end(), kNone) == error.end(),
             "layer {} has no error to pass back", layer.name);
  switch (layer.op) {
    case LayerOp::conv:
    case LayerOp::depthwise:
    case LayerOp::linear:
      return emit_weighted(s, index);
    case LayerOp::lstm:
      return emit_lstm(s, index);
    case LayerOp::embedding:
    case LayerOp::positions:
      return emit_table(s, index);
    case LayerOp::layernorm:
      return emit_layernorm(s, index);
    case LayerOp::attention_scores:
    case LayerOp::attention_values:
      return emit_attention(s, index);
    case LayerOp::max_pool:
    case LayerOp::average_pool:
    case LayerOp::global_pool:
    case LayerOp::select:
      return emit_spread(s, index);
    case LayerOp::add:
    case LayerOp::mul:
      return emit_elementwise(s, index);
    case LayerOp::flatten:
      return pass_error(s, index, layer.inputs[0]);
  }
}

}  // namespace kiln::workload
