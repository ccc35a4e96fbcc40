// SPDX-License-Identifier: MIT
#include "workload/layers/single.h"

#include "workload/layers/emission.h"

namespace kiln::workload {

void SingleKind::forward(StepState& s, int index) const {
  const Layer& layer = s.layer(index);
  if (layer.view) {
    Value& value = s.outputs(index)[0];
    value.now = s.readable(layer.inputs[0]);
    value.kept = s.value(layer.inputs[0]).kept;
    return;
  }
  Op op = s.op(index, "forward", Phase::forward);
  op.run(layer.operation, s.samples * visited(layer));
  read_inputs(s, index, op);
  write_output(s, index, op);
  if (s.keeps(index)) keep(s, index, op);
  s.add(std::move(op));
}

void SingleKind::backward(StepState& s, int index) const {
  const Layer& layer = s.layer(index);
  if (layer.view) return pass_error(s, index, layer.inputs[0]);
  if (!s.plan.live(layer.inputs[0])) return;
  Op op = s.op(index, "dgrad", Phase::dgrad);
  op.run(layer.operation, s.samples * visited_back(layer), Derivative::input);
  read_errors(s, index, op);
  op.read(Role::index, s.tensors[static_cast<std::size_t>(index)].pool_index);
  write_error(s, layer.inputs[0], op);
  s.add(std::move(op));
}

}  // namespace kiln::workload
