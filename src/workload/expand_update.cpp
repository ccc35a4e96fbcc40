// SPDX-License-Identifier: MIT
// COMPRESS, REDUCE and UPDATE: one operation each per trained layer. Codec work and payloads depend on codec
// and mapping; lowering fills them in.
#include "workload/step_state.h"
#include "workload/vector_cost.h"

namespace kiln::workload {

void emit_update(StepState& s, int index, TensorId overflow_flag) {
  const LayerTensors& t = s.tensors[index];
  if (t.gradient == kNone || !t.gradient_started) return;

  Op compress = s.op(index, "compress", Phase::compress, OpKind::compress);
  compress.reads = {t.gradient};
  compress.writes = {t.gradient};
  s.builder.add(std::move(compress));

  Op reduce = s.op(index, "reduce", Phase::reduce, OpKind::reduce);
  reduce.reads = {t.gradient};
  reduce.writes = {t.gradient};
  s.builder.add(std::move(reduce));

  Op update = s.op(index, "update", Phase::update, OpKind::update);
  update.vector = {s.layer_plan(index).trainable_parameters, optimizer_ops(s.config.optimizer.kind), 1};
  if (s.config.loss_scaling.kind != LossScalingKind::none) update.vector.ops_per_element += kUnscale;
  const TensorId weight = t.trained_part != kNone ? t.trained_part : t.weight;
  update.reads = {t.gradient};
  update.writes = {weight};
  if (t.optimizer_state != kNone) {
    update.reads.push_back(t.optimizer_state);
    update.writes.push_back(t.optimizer_state);
  }
  if (t.master != kNone) {
    update.reads.push_back(t.master);
    update.writes.push_back(t.master);
  } else {
    update.reads.push_back(weight);
  }
  if (overflow_flag != kNone) update.reads.push_back(overflow_flag);
  s.builder.add(std::move(update));
}

}  // namespace kiln::workload
