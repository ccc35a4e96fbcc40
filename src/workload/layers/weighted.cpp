// SPDX-License-Identifier: MIT
#include "workload/layers/weighted.h"

#include "base/error.h"
#include "workload/layers/emission.h"

namespace kiln::workload {
namespace {

/// The two thin products beside frozen weights: Y += (X A) B. Each expert of a mixture has an A and a B of
/// its own, for its rows.
struct LowRank {
  Operation down, up;
  Shape reduced;  ///< of X A
};

/// X A of each kind of product with weights.
struct DownProduct {
  std::int32_t rank;

  Operation operator()(Convolution o) const {
    o.window.out_channels = rank;
    return factor(std::move(o));
  }
  Operation operator()(Dense o) const {
    o.out = rank;
    return factor(std::move(o));
  }
  Operation operator()(ExpertProduct o) const {
    o.out = rank;
    return factor(std::move(o));
  }
  template <class Other>
  Operation operator()(const Other&) const {
    KILN_CHECK(false, "a layer without a weight matrix has low-rank additions");
  }

 private:
  template <class Product>
  static Operation factor(Product product) {
    product.weights = PartKind::low_rank_down;
    return product;
  }
};

/// (X A) B onto as many channels as the layer's output has.
Operation up_product(const Layer& layer, std::int32_t rank, double scale) {
  if (const auto* experts = std::get_if<ExpertProduct>(&layer.operation))
    return ExpertProduct{rank, experts->out, experts->rows, experts->capacity, scale, PartKind::low_rank_up};
  return Dense{layer.out.positions(), rank, layer.out.channels(), scale, PartKind::low_rank_up};
}

LowRank low_rank_of(const StepState& s, int index) {
  const Layer& layer = s.layer(index);
  const std::int32_t rank = s.layer_plan(index).lora_rank;
  return {std::visit(DownProduct{rank}, layer.operation), up_product(layer, rank, lora_scale(s.config, rank)),
          layer.out.with_channels(rank)};
}

/// X A, then (X A) B, onto which the main product is added.
void emit_low_rank(StepState& s, int index, Op& main) {
  const Layer& layer = s.layer(index);
  LayerTensors& t = s.tensors[index];
  const LowRank branch = low_rank_of(s, index);
  Op down = s.low_rank_op(index, "lora_down", Phase::forward, branch.down, Derivative::none, true);
  read_inputs(s, index, down);
  down.read(Role::trained, t.trained_part);
  read_routing(s, index, down);
  t.low_rank = s.tensor(index, ".low_rank", s.keeps(index) ? TensorClass::saved : TensorClass::activation,
                        branch.reduced, s.activation_bits(index));
  down.write(Role::result, t.low_rank);
  s.add(std::move(down));

  Op up = s.low_rank_op(index, "lora_up", Phase::forward, branch.up, Derivative::none, false);
  up.read(Role::data, t.low_rank);
  up.read(Role::trained, t.trained_part);
  read_routing(s, index, up);
  const TensorId sum =
      s.tensor(index, ".lora_sum", TensorClass::activation, layer.out, s.activation_bits(index));
  up.write(Role::result, sum);
  s.add(std::move(up));
  main.read(Role::addend, sum);
  main.run(Accumulate{}, s.elements(layer.out));
}

void emit_low_rank_backward(StepState& s, int index, const std::vector<TensorId>& errors, bool passes_on) {
  const Layer& layer = s.layer(index);
  const LayerTensors& t = s.tensors[index];
  const LowRank branch = low_rank_of(s, index);
  const auto read_all = [&](Op& op) {
    std::int32_t number = 0;
    for (const TensorId error : errors) op.read(Role::error, error, number++);
  };
  const TensorId inner =
      s.tensor(index, ".low_rank_error", TensorClass::error, branch.reduced, s.error_bits(index));
  Op down = s.low_rank_op(index, "lora_up_dgrad", Phase::dgrad, branch.up, Derivative::input, false);
  read_all(down);
  down.read(Role::trained, t.trained_part);
  read_routing(s, index, down);
  down.write(Role::input_error, inner);
  s.add(std::move(down));
  if (passes_on) {
    // dX gets dY W^T + dT A^T; the second product is an operation of its own and accumulates.
    Op up = s.low_rank_op(index, "lora_down_dgrad", Phase::dgrad, branch.down, Derivative::input, true);
    up.read(Role::error, inner);
    up.read(Role::trained, t.trained_part);
    read_routing(s, index, up);
    write_error(s, layer.inputs[0], up);
    s.add(std::move(up));
  }
  Op up_grad = s.low_rank_op(index, "lora_up_wgrad", Phase::wgrad, branch.up, Derivative::parameters, false);
  up_grad.read(Role::data, t.low_rank);
  read_all(up_grad);
  read_routing(s, index, up_grad);
  write_gradient(s, index, up_grad);
  s.add(std::move(up_grad));
  Op down_grad =
      s.low_rank_op(index, "lora_down_wgrad", Phase::wgrad, branch.down, Derivative::parameters, true);
  read_kept(s, index, 0, down_grad);
  down_grad.read(Role::error, inner);
  read_routing(s, index, down_grad);
  write_gradient(s, index, down_grad);
  s.add(std::move(down_grad));
}

void emit_weight_gradient(StepState& s, int index, const std::vector<TensorId>& errors, TensorId sums) {
  const Layer& layer = s.layer(index);
  Op op = s.array_op(index, "wgrad", Phase::wgrad, layer.operation, Derivative::parameters);
  read_kept(s, index, 0, op);
  std::int32_t number = 0;
  for (const TensorId error : errors) op.read(Role::error, error, number++);
  read_routing(s, index, op);
  op.read(Role::sums, sums);  // gradients of scale and shift join the layer's gradient
  if (layer.owns(PartKind::bias)) op.run(SumError{}, s.elements(layer.out));
  write_gradient(s, layer.tied_to >= 0 ? layer.tied_to : index, op);
  s.add(std::move(op));
}

}  // namespace

void WeightedKind::forward(StepState& s, int index) const {
  const Layer& layer = s.layer(index);
  LayerTensors& t = s.tensors[index];
  const std::int64_t elements = s.elements(layer.out);
  emit_fake_quantisation(s, index);
  Op op = s.array_op(index, "forward", Phase::forward, layer.operation);
  read_inputs(s, index, op);
  read_weights(s, index, op);
  read_routing(s, index, op);
  if (s.layer_plan(index).scope == Scope::lora)
    emit_low_rank(s, index, op);
  else
    op.read(Role::trained, t.trained_part);
  if (layer.owns(PartKind::bias)) op.run(AddBias{}, elements);
  if (!s.layer_plan(index).batch_stats) {
    if (layer.norm == Norm::batch) op.run(ScaleShift{true}, elements);
    finish_output(s, index, op);
    return s.add(std::move(op));
  }
  const Value raw = s.make_value(index, ".before_norm", layer.out, s.keeps(index));
  t.before_norm = raw.kept;
  t.statistics = make_statistics(s, index);
  op.run(BatchStatistics{layer.epsilon}, elements);
  op.all_reduce = s.config.norm_statistics == NormStatistics::synchronised;
  op.write(Role::result, raw.now);
  if (raw.kept != raw.now) op.write(Role::kept, raw.kept);
  op.write(Role::statistics, t.statistics);
  s.add(std::move(op));
  emit_normalised(s, index, raw.now);
}

void WeightedKind::backward(StepState& s, int index) const {
  const Layer& layer = s.layer(index);
  const Scope scope = s.layer_plan(index).scope;
  TensorId sums = kNone;
  std::vector<TensorId> errors;
  if (s.layer_plan(index).batch_stats) {
    const BehindNorm behind = through_batch_norm(s, index);
    errors = {behind.error};
    sums = behind.sums;
  } else {
    errors = through_activation(s, index);
  }
  const bool passes_on = s.plan.live(layer.inputs[0]);
  if (passes_on) {
    Op op = s.array_op(index, "dgrad", Phase::dgrad, layer.operation, Derivative::input);
    std::int32_t number = 0;
    for (const TensorId error : errors) op.read(Role::error, error, number++);
    read_weights(s, index, op);
    read_routing(s, index, op);
    write_error(s, layer.inputs[0], op);
    s.add(std::move(op));
  }
  if (scope == Scope::lora) emit_low_rank_backward(s, index, errors, passes_on);
  if (scope == Scope::bias) emit_sum_gradient(s, index, errors);
  if (scope == Scope::full) emit_weight_gradient(s, index, errors, sums);
}

}  // namespace kiln::workload
