// SPDX-License-Identifier: MIT
// What is added: biases, further contributions, and the sums of errors that are their gradients.
#include <algorithm>

#include "base/error.h"
#include "learning/channel_loops.h"
#include "learning/ops/execute.h"

namespace kiln::learning {

using workload::PartKind;
using workload::Role;

void execute(const workload::AddBias&, const Action&, OpRun& run) {
  const ChannelRow bias(run.parameters(PartKind::bias));
  float* values = run.change().data();
  for_rows(run.now().size(), bias.size(), [&](std::size_t begin, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) values[begin + i] += bias.values()[i];
  });
}

namespace {

/// Sum over samples (and positions) of values that repeat after `period`, as many as the gradient has; rows
/// of a longer table get none.
void add_sums(std::span<const float> error, std::size_t period, std::span<float> gradient, bool adds) {
  const std::vector<double> sums =
      channel_sums(error.size(), period, [&](std::size_t begin, std::size_t count, float* into) {
        for (std::size_t i = 0; i < count; ++i) into[i] += error[begin + i];
      });
  for (std::size_t i = 0; i < gradient.size(); ++i)
    gradient[i] = (adds ? gradient[i] : 0.0f) + (i < sums.size() ? static_cast<float>(sums[i]) : 0.0f);
}

}  // namespace

void execute(const workload::SumError&, const Action& action, OpRun& run) {
  const bool adds = run.adds_to_gradient();
  std::int64_t width = 0;  // of all outputs beside one another
  for (const workload::Shape& output : run.layer().outputs) width += output.channels();
  const auto channels = static_cast<std::size_t>(width);
  const std::size_t per_sample = run.now().size() / static_cast<std::size_t>(run.samples());
  // The shift stands behind the folded scale, the bias in front of it.
  const auto add = [&](PartKind kind) {
    if (const auto bias = run.gradient(kind)) add_sums(run.now(), bias->size(), *bias, adds);
  };
  if (action.first) {
    if (const auto shift = run.gradient(PartKind::shift)) add_sums(run.now(), channels, *shift, adds);
    run.pass_folded_norm();
  }
  add(PartKind::bias);
  if (!action.first) return;
  add(PartKind::recurrent_bias);
  // Tables of positions, and the tokens in front: a sum over the samples alone.
  for (const PartKind kind : {PartKind::weight, PartKind::class_token})
    if (const auto table = run.gradient(kind)) add_sums(run.now(), per_sample, *table, adds);
}

void take_sums(OpRun& run) {
  if (!run.reads(Role::sums)) return;
  // Sums of all workers are everybody's: each takes an even share of them.
  const float share = run.context().joins_statistics(run.op())
                          ? 1.0f / static_cast<float>(run.context().tensors.workers())
                          : 1.0f;
  for (const workload::Part& part : run.tensor(run.input(Role::sums)).parts) {
    const std::optional<std::span<float>> gradient = run.gradient(part.kind);
    if (!gradient) continue;
    const std::span<const float> sum = run.in(Role::sums).subspan(static_cast<std::size_t>(part.offset));
    for (std::size_t i = 0; i < gradient->size(); ++i)
      (*gradient)[i] = (run.adds_to_gradient() ? (*gradient)[i] : 0.0f) + share * sum[i];
  }
}

void execute(const workload::Accumulate&, const Action&, OpRun& run) {
  if (run.has_written()) return;  // parts were added one by one
  const auto addend = std::find_if(run.op().inputs.begin(), run.op().inputs.end(),
                                   [](const workload::Operand& o) { return o.role == Role::addend; });
  KILN_CHECK(addend != run.op().inputs.end(), "{} has nothing to add", run.op().name);
  const std::span<const float> more = run.context().tensors.of(addend->tensor, run.worker());
  const std::size_t samples = static_cast<std::size_t>(run.samples());
  // An error with learned tokens in front is longer than that of the values behind them.
  const std::size_t skipped = run.now().size() / samples - more.size() / samples;
  if (skipped == 0) {
    float* values = run.change().data();
    for (std::size_t i = 0; i < more.size(); ++i) values[i] += more[i];
    return;
  }
  const std::size_t own = more.size() / samples;
  const std::span<const float> longer = run.now();
  const std::span<float> sum = run.make(static_cast<std::int64_t>(more.size()));
  for (std::size_t s = 0; s < samples; ++s)
    for (std::size_t i = 0; i < own; ++i)
      sum[s * own + i] = longer[s * (own + skipped) + skipped + i] + more[s * own + i];
  run.take(sum);
}

}  // namespace kiln::learning
