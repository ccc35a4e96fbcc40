// SPDX-License-Identifier: MIT
// A step without a backward pass (MeZO; Malladi et al., "Fine-tuning language models with just forward
// passes", NeurIPS 2023, algorithm 1): the loss on either side of the weights along a random direction is its
// slope there.
//
// The direction is never stored: every pass over the weights draws it anew from the step's seed.
#include "workload/layer_kind.h"
#include "workload/step_state.h"

namespace kiln::workload {
namespace {

/// One pass over what a layer trains: reads it and writes it where it lies.
void emit_pass(StepState& s, int index, const char* name, Perturb how, TensorId slope) {
  const LayerPlan& plan = s.layer_plan(index);
  const LayerTensors& t = s.tensors[index];
  if (plan.trained.empty()) return;
  how.parts = plan.trained;
  const TensorId moved = t.trained_part != kNone ? t.trained_part : t.weight;
  Op op = s.op(index, name, Phase::update);
  op.run(std::move(how), plan.trainable_parameters());
  op.read(Role::parameters, moved);
  op.read(Role::slope, slope);
  op.write(Role::parameters, moved);
  s.add(std::move(op));
}

void emit_passes(StepState& s, const char* name, int epsilons, TensorId slope = kNone) {
  for (int i = 0; i < static_cast<int>(s.network.layers.size()); ++i)
    emit_pass(s, i, name, {epsilons, slope != kNone, {}}, slope);
}

void emit_sweep(StepState& s, const char* name) {
  s.sweep = name;
  const bool in_chunks = chunks_loss(s.network, s.config);
  const int whole = static_cast<int>(s.network.layers.size()) - (in_chunks ? 1 : 0);
  for (int i = 0; i < whole; ++i) kind_of(s.layer(i).op).forward(s, i);
  if (in_chunks)
    emit_chunks(s);
  else
    emit_loss(s, {});
  s.sweep.clear();
}

TensorId emit_projection(StepState& s) {
  const int last = s.network.output_layers().back();
  Op op = s.op(last, "project", Phase::reduce);
  op.run(ProjectLoss{}, static_cast<std::int64_t>(s.losses.size()));
  for (const TensorId loss : s.losses) op.read(Role::loss, loss);
  const TensorId slope = s.per_channel(last, ".slope", {{PartKind::scalar, {1}}});
  op.write(Role::slope, slope);
  s.add(std::move(op));
  return slope;
}

}  // namespace

void write_loss(StepState& s, int layer, Op& op) {
  if (!s.goes_on()) s.losses.push_back(s.per_channel(layer, ".loss", {{PartKind::scalar, {1}}}));
  if (s.goes_on() || s.config.micro_batches > 1) op.read(Role::loss, s.losses.back());
  op.write(Role::loss, s.losses.back());
}

void emit_zeroth_order(StepState& s) {
  emit_passes(s, "perturb_plus", 1);
  emit_sweep(s, "_plus");
  emit_passes(s, "perturb_minus", -2);
  emit_sweep(s, "_minus");
  const TensorId slope = emit_projection(s);
  if (!s.config.fused_restore) emit_passes(s, "restore", 1);
  emit_passes(s, "update", s.config.fused_restore ? 1 : 0, slope);
}

}  // namespace kiln::workload
