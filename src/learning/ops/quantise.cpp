// SPDX-License-Identifier: MIT
// Fake quantisation: forward as integers would be, backward straight through (Bengio et al. 2013). The scale
// is the largest magnitude, so nothing is clipped and the backward pass changes nothing.
#include <algorithm>

#include "base/error.h"
#include "learning/formats/number_format.h"
#include "learning/ops/execute.h"

namespace kiln::learning {

using workload::Role;

namespace {

NumberFormat format_of(const workload::FakeQuantise& quantise) {
  NumberFormat format;
  format.precision = quantise.precision;
  return format;
}

/// The block as the array computes with it: weights quantised, the rest as it is.
void quantise_parameters(const workload::FakeQuantise& quantise, OpRun& run) {
  const workload::TensorId to = run.output(Role::quantised);
  const workload::TensorId block = run.context().facts[static_cast<std::size_t>(run.op().layer)].block;
  const bool mastered = run.reads(Role::master);
  for (const workload::Part& part : run.tensor(to).parts) {
    const auto part_in = [&](workload::TensorId id) {
      const workload::Part* found = find_part(run.tensor(id), part.kind);
      return found == nullptr
                 ? std::span<float>()
                 : run.context().tensors.all(id).subspan(static_cast<std::size_t>(found->offset),
                                                         static_cast<std::size_t>(found->elements()));
    };
    std::span<const float> from = mastered ? part_in(run.input(Role::master)) : std::span<float>();
    if (from.empty()) from = part_in(block);
    const std::span<float> result = part_in(to);
    std::copy(from.begin(), from.end(), result.begin());
    if (part.kind == workload::PartKind::weight || part.kind == workload::PartKind::recurrent_weight)
      round_to(format_of(quantise), result, {});
  }
}

}  // namespace

void execute(const workload::FakeQuantise& quantise, const Action& action, OpRun& run) {
  if (action.derivative != workload::Derivative::none) return;
  if (run.writes(Role::quantised)) {
    if (run.worker() == 0) quantise_parameters(quantise, run);
    return run.wrote_results();
  }
  round_to(format_of(quantise), run.change(), {});
  const bool own_mask =
      run.op().actions.size() < 2 ||
      std::none_of(run.op().actions.begin(), run.op().actions.end(), [](const auto& a) {
        const auto* active = std::get_if<workload::Activate>(&a.operation);
        return active != nullptr && workload::law_of(active->function).keeps == workload::Keeps::mask;
      });
  if (run.writes(Role::mask) && own_mask) {
    const std::span<float> mask = run.out(Role::mask);
    std::fill(mask.begin(), mask.end(), 1.0f);  // the largest value has the largest code: all are inside
  }
}

}  // namespace kiln::learning
