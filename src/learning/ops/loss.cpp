// SPDX-License-Identifier: MIT
// The loss of a worker's samples, and the error that the backward pass begins with.
#include "learning/loss.h"

#include <algorithm>

#include "base/error.h"
#include "learning/ops/execute.h"

namespace kiln::learning {

using workload::Role;

namespace {

/// The worker's part of what is given for the whole batch.
template <class Value>
std::span<const Value> own_part(OpRun& run, const std::vector<Value>& all, std::size_t per_sample) {
  const auto first = static_cast<std::size_t>(run.context().tensors.first_sample(run.worker())) * per_sample,
             count = static_cast<std::size_t>(run.samples()) * per_sample;
  KILN_CHECK(first + count <= all.size(), "{} targets for {} outputs", all.size(), first + count);
  return std::span(all).subspan(first, count);
}

/// The sum of a worker's losses, where the step goes by losses.
void leave_loss(OpRun& run, double loss) {
  if (!run.writes(Role::loss)) return;
  float& sum = run.out(Role::loss)[0];
  sum = static_cast<float>(run.reads(Role::loss) ? sum + loss : loss);
}

}  // namespace

void execute(const workload::Loss& loss, const Action&, OpRun& run) {
  StepContext& context = run.context();
  const bool passes_back =
      std::any_of(run.op().outputs.begin(), run.op().outputs.end(),
                  [](const workload::Operand& o) { return o.role == Role::input_error; });
  std::vector<float> error(passes_back ? run.now().size() : 0);
  const std::size_t per_sample = run.now().size() / static_cast<std::size_t>(run.samples());
  LossTotals totals;
  if (loss.kind == workload::LossKind::cross_entropy) {
    const auto classes = static_cast<std::size_t>(run.layer().outputs[0].channels());
    Teacher teacher = context.teacher;
    if (loss.distilled) teacher.outputs = run.in(Role::teacher);
    totals = cross_entropy(run.now(), own_part(run, context.targets.classes, per_sample / classes), classes,
                           context.error_scale, error, teacher);
  } else {
    totals = mean_squared_error(run.now(), own_part(run, context.targets.values, per_sample),
                                context.error_scale, error);
  }
  context.losses[static_cast<std::size_t>(run.worker())] += totals;
  leave_loss(run, totals.loss);
  if (!passes_back) return run.wrote_results();
  const std::span<float> result = run.make(static_cast<std::int64_t>(error.size()));
  std::copy(error.begin(), error.end(), result.begin());
  run.take(result);
}

}  // namespace kiln::learning
