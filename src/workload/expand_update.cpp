// SPDX-License-Identifier: MIT
// COMPRESS, REDUCE and UPDATE: one operation each per trained layer. Codec work and payloads depend on codec
// and mapping; lowering fills them in.
#include "workload/step_state.h"

namespace kiln::workload {

void emit_update(StepState& s, int index, TensorId overflow_flag) {
  const LayerTensors& t = s.tensors[index];
  if (t.gradient == kNone || t.gradient_started.empty()) return;

  Op compress = s.op(index, "compress", Phase::compress);
  compress.run(Encode{});
  compress.read(Role::gradient, t.gradient);
  compress.write(Role::gradient, t.gradient);
  s.add(std::move(compress));

  Op reduce = s.op(index, "reduce", Phase::reduce);
  reduce.run(Reduce{});
  reduce.read(Role::gradient, t.gradient);
  reduce.write(Role::gradient, t.gradient);
  s.add(std::move(reduce));

  Op update = s.op(index, "update", Phase::update);
  update.run(Update{s.config.optimizer.kind, s.config.loss_scaling.kind != LossScalingKind::none},
             s.layer_plan(index).trainable_parameters());
  const TensorId weight = t.trained_part != kNone ? t.trained_part : t.weight;
  update.read(Role::gradient, t.gradient);
  update.write(Role::parameters, weight);
  update.read(Role::optimizer_state, t.optimizer_state);
  update.write(Role::optimizer_state, t.optimizer_state);
  update.read(Role::master, t.master);
  update.write(Role::master, t.master);
  if (t.master == kNone) update.read(Role::parameters, weight);
  update.read(Role::flag, overflow_flag);
  s.add(std::move(update));
}

}  // namespace kiln::workload
