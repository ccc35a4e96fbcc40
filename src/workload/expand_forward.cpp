// SPDX-License-Identifier: MIT
// Forward operations. Epilogues (bias, batch statistics, folded norms, activations) ride on the array
// operation; what needs the whole tensor first (normalising by batch statistics, softmax, layer norm)
// is a vector operation.
#include <algorithm>
#include <cmath>

#include "workload/gemm_shapes.h"
#include "workload/step_state.h"
#include "workload/vector_cost.h"

namespace kiln::workload {
namespace {

std::string part_suffix(const Layer& layer, int part) {
  static constexpr const char* kAttention[] = {".q", ".k", ".v"};
  if (layer.split == 1) return "";
  return layer.split == 3 ? kAttention[part] : fmt::format(".{}", part);
}

/// Creates the output of a layer and lets `op` write it. In a repeated pass a checkpoint exists already.
void write_output(StepState& s, int index, Op& op) {
  const Layer& layer = s.layer(index);
  Value& value = s.value(index);
  if (s.pass == Pass::again && s.checkpoint[index + 1]) return;
  const bool keep = s.pass == Pass::discard ? s.checkpoint[index + 1]
                                            : s.layer_plan(index).keep_output || s.checkpoint[index + 1];
  value.now.clear();
  value.kept.clear();
  Shape part = layer.out;
  part.channels /= layer.split;
  for (int i = 0; i < layer.split; ++i)
    s.make_value(index, part_suffix(layer, i), part, keep, value.now, value.kept);
  append(op.writes, value.now);
  append(op.writes, value.kept);
}

/// Activation and fake quantisation at the end of `op`, with what their backward pass keeps.
void finish_output(StepState& s, int index, Op& op) {
  const Layer& layer = s.layer(index);
  LayerTensors& t = s.tensors[index];
  const bool quantised = s.quantised();
  op.vector.elements = s.samples * layer.out.elements();
  op.vector.ops_per_element += activation_ops(layer.act) + (quantised ? kFakeQuantise + kRangeObserve : 0);
  if (op.vector.ops_per_element == 0) op.vector.elements = 0;
  write_output(s, index, op);
  if (!s.keeps(index)) return;
  t.act_saved.clear();
  const bool clips = layer.act == Activation::relu || layer.act == Activation::relu6 || quantised;
  if (clips) t.act_saved.push_back(s.tensor(index, ".mask", TensorClass::saved, layer.out, 1));
  if (layer.act == Activation::silu || layer.act == Activation::gelu)
    t.act_saved.push_back(s.tensor(index, ".act_input", TensorClass::saved, layer.out, s.saved_bits()));
  append(op.writes, t.act_saved);
}

void emit_fake_quantisation(StepState& s, int index) {
  LayerTensors& t = s.tensors[index];
  // Frozen weights are quantised once, not in every step.
  if (!s.quantised() || t.weight == kNone || s.layer_plan(index).scope != Scope::full ||
      s.pass == Pass::again)
    return;
  const std::int64_t elements = s.builder.tensor(t.weight).elements();
  t.quantised = s.parameters(index, ".quantised", TensorClass::weight, elements,
                             bits_of(s.config.quantisation_aware->weights), false);
  Op op = s.op(index, "fake_quantise", Phase::forward, OpKind::vector);
  op.vector = {elements, (kFakeQuantise + kRangeObserve) / 2, 2};
  op.reads = {t.master != kNone ? t.master : t.weight};
  op.writes = {t.quantised};
  s.builder.add(std::move(op));
}

TensorId forward_weight(const LayerTensors& t) {
  return t.quantised != kNone ? t.quantised : t.weight;
}

/// The low-rank branch: T = X A here; (X A) B is accumulated onto the output by a second operation.
void emit_low_rank(StepState& s, int index, Op& main) {
  const Layer& layer = s.layer(index);
  LayerTensors& t = s.tensors[index];
  const Gemm full = forward_gemm(layer, s.samples);
  const std::int64_t rank = s.config.lora_rank;
  Shape reduced = layer.out;
  reduced.channels = rank;
  Op down = s.low_rank_op(index, "lora_down", Phase::forward, {full.m, rank, full.k, 1}, true);
  append(down.reads, s.readable(layer.inputs[0]));
  append(down.reads, t.trained_part);
  t.low_rank = s.tensor(index, ".low_rank", s.keeps(index) ? TensorClass::saved : TensorClass::activation,
                        reduced, s.activation_bits());
  down.writes = {t.low_rank};
  s.builder.add(std::move(down));

  Op up = s.low_rank_op(index, "lora_up", Phase::forward, {full.m, full.n, rank, 1}, false);
  up.reads = {t.low_rank, t.trained_part};
  const TensorId sum = s.tensor(index, ".lora_sum", TensorClass::activation, layer.out, s.activation_bits());
  up.writes = {sum};
  s.builder.add(std::move(up));
  append(main.reads, sum);
  main.vector.ops_per_element += kAccumulate;
}

void emit_weighted(StepState& s, int index) {
  const Layer& layer = s.layer(index);
  LayerTensors& t = s.tensors[index];
  emit_fake_quantisation(s, index);
  Op op = s.array_op(index, "forward", Phase::forward, forward_gemm(layer, s.samples));
  append(op.reads, s.readable(layer.inputs[0]));
  append(op.reads, forward_weight(t));
  if (s.layer_plan(index).scope == Scope::lora)
    emit_low_rank(s, index, op);
  else
    append(op.reads, t.trained_part);
  if (layer.bias_parameters > 0) op.vector.ops_per_element += kBias;
  if (!s.layer_plan(index).batch_stats) {
    if (layer.norm == Norm::batch) op.vector.ops_per_element += kScaleShift;
    finish_output(s, index, op);
    if (!op.writes.empty()) s.builder.add(std::move(op));
    return;
  }
  std::vector<TensorId> raw, kept;
  s.make_value(index, ".before_norm", layer.out, s.keeps(index), raw, kept);
  t.before_norm = kept.empty() ? kNone : kept[0];
  t.statistics = s.per_channel(index, ".statistics", layer.out.channels, 4);
  op.vector.elements = s.samples * layer.out.elements();
  op.vector.ops_per_element += kBatchStatistics;
  op.all_reduce = s.config.norm_statistics == NormStatistics::synchronised;
  append(op.writes, raw);
  append(op.writes, kept);
  append(op.writes, t.statistics);
  s.builder.add(std::move(op));

  Op norm = s.op(index, "norm", Phase::forward, OpKind::vector);
  norm.vector.ops_per_element = kScaleShift;
  norm.reads = {raw[0], t.statistics};
  finish_output(s, index, norm);
  if (!norm.writes.empty()) s.builder.add(std::move(norm));
}

void emit_lstm(StepState& s, int index) {
  const Layer& layer = s.layer(index);
  LayerTensors& t = s.tensors[index];
  emit_fake_quantisation(s, index);
  Shape gates = layer.out;
  gates.channels *= 4;
  const TensorId projected =
      s.tensor(index, ".projected", TensorClass::activation, gates, s.activation_bits());
  Op input = s.array_op(index, "input", Phase::forward, lstm_input_gemm(layer, s.samples));
  append(input.reads, s.readable(layer.inputs[0]));
  append(input.reads, forward_weight(t));
  append(input.reads, t.trained_part);
  input.writes = {projected};
  s.builder.add(std::move(input));

  Op recurrent = s.array_op(index, "recurrent", Phase::forward, lstm_recurrent_gemm(layer, s.samples));
  recurrent.reads = {projected};
  append(recurrent.reads, forward_weight(t));
  recurrent.vector = {s.samples * layer.out.elements(), kLstmCell, 1};
  write_output(s, index, recurrent);
  if (s.keeps(index)) {
    t.cell = {s.tensor(index, ".gates", TensorClass::saved, gates, s.saved_bits()),
              s.tensor(index, ".cell", TensorClass::saved, layer.out, s.saved_bits())};
    append(recurrent.writes, t.cell);
  }
  if (!recurrent.writes.empty()) s.builder.add(std::move(recurrent));
}

void emit_table(StepState& s, int index) {
  const Layer& layer = s.layer(index);
  const bool gather = layer.op == LayerOp::embedding;
  Op op = s.op(index, "forward", Phase::forward, gather ? OpKind::gather : OpKind::vector);
  op.vector = {s.samples * layer.out.elements(), kAccumulate, 1};
  append(op.reads, s.readable(layer.inputs[0]));
  append(op.reads, s.tensors[index].weight);
  append(op.reads, s.tensors[index].trained_part);
  write_output(s, index, op);
  if (!op.writes.empty()) s.builder.add(std::move(op));
}

void emit_layernorm(StepState& s, int index) {
  const Layer& layer = s.layer(index);
  LayerTensors& t = s.tensors[index];
  Op op = s.op(index, "forward", Phase::forward, OpKind::vector);
  op.vector = {s.samples * layer.out.elements(), kLayerNormPass, 2};
  append(op.reads, s.readable(layer.inputs[0]));
  append(op.reads, t.weight);
  append(op.reads, t.trained_part);
  write_output(s, index, op);
  if (s.keeps(index)) {
    const Shape mean_and_deviation{2, layer.out.height, layer.out.width};
    t.statistics =
        s.tensor(index, ".row_statistics", TensorClass::saved, mean_and_deviation, bits_of(Precision::fp32));
    append(op.writes, t.statistics);
  }
  if (!op.writes.empty()) s.builder.add(std::move(op));
}

void emit_attention(StepState& s, int index) {
  const Layer& layer = s.layer(index);
  const std::vector<TensorId>& parts = s.readable(layer.inputs.back());
  Op op = s.array_op(index, "forward", Phase::forward, attention_gemm(layer, s.samples));
  if (layer.op == LayerOp::attention_values) {
    append(op.reads, s.readable(layer.inputs[0]));
    append(op.reads, parts[2]);
    write_output(s, index, op);
    if (!op.writes.empty()) s.builder.add(std::move(op));
    return;
  }
  op.reads = {parts[0], parts[1]};
  const TensorId scores = s.tensor(index, ".scores", TensorClass::activation, layer.out, s.activation_bits());
  op.writes = {scores};
  s.builder.add(std::move(op));
  Op softmax = s.op(index, "softmax", Phase::forward, OpKind::vector);
  softmax.vector = {s.samples * layer.out.elements(), kSoftmaxPass, 3};
  softmax.reads = {scores};
  write_output(s, index, softmax);
  // The backward pass of softmax needs its output, and so do the readers.
  if (!softmax.writes.empty()) s.builder.add(std::move(softmax));
}

void emit_pool(StepState& s, int index) {
  const Layer& layer = s.layer(index);
  LayerTensors& t = s.tensors[index];
  const std::int64_t window = std::int64_t{layer.window.kernel_h} * layer.window.kernel_w;
  Op op = s.op(index, "forward", Phase::forward, OpKind::vector);
  op.vector = {s.samples * layer.out.elements(), static_cast<double>(window), 1};
  append(op.reads, s.readable(layer.inputs[0]));
  write_output(s, index, op);
  if (layer.op == LayerOp::max_pool && s.keeps(index)) {
    const double bits = std::max(1.0, std::ceil(std::log2(static_cast<double>(window))));
    t.pool_index = s.tensor(index, ".index", TensorClass::saved, layer.out, bits);
    append(op.writes, t.pool_index);
  }
  if (!op.writes.empty()) s.builder.add(std::move(op));
}

void emit_elementwise(StepState& s, int index) {
  const Layer& layer = s.layer(index);
  Op op = s.op(index, "forward", Phase::forward, OpKind::vector);
  op.vector.ops_per_element = static_cast<double>(layer.inputs.size() - 1);
  for (const int input : layer.inputs) append(op.reads, s.readable(input));
  finish_output(s, index, op);
  if (!op.writes.empty()) s.builder.add(std::move(op));
}

void emit_select(StepState& s, int index) {
  const Layer& layer = s.layer(index);
  Op op = s.op(index, "forward", Phase::forward, OpKind::vector);
  op.vector = {s.samples * layer.out.elements(), 1, 1};
  append(op.reads, s.readable(layer.inputs[0]));
  write_output(s, index, op);
  if (!op.writes.empty()) s.builder.add(std::move(op));
}

}  // namespace

void emit_forward(StepState& s, int index) {
  const Layer& layer = s.layer(index);
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
      return emit_pool(s, index);
    case LayerOp::add:
    case LayerOp::mul:
      return emit_elementwise(s, index);
    case LayerOp::flatten: {
      s.value(index).now = s.readable(layer.inputs[0]);
      s.value(index).kept = s.value(layer.inputs[0]).kept;
      return;
    }
    case LayerOp::select:
      return emit_select(s, index);
  }
}

}  // namespace kiln::workload
