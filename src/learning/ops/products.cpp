// SPDX-License-Identifier: MIT
// What the MAC array computes: convolutions, dense layers, products of two activations.
#include <algorithm>

#include "base/error.h"
#include "learning/kernels/product.h"
#include "learning/ops/execute.h"

namespace kiln::learning {

using workload::Derivative;
using workload::PartKind;
using workload::Role;

namespace {

/// Empty where nothing is to be scaled.
std::vector<float> scaled(std::span<const float> values, double scale) {
  if (scale == 1) return {};
  std::vector<float> result(values.begin(), values.end());
  for (float& value : result) value *= static_cast<float>(scale);
  return result;
}

std::span<const float> operand_of_array(OpRun& run) {
  const bool back = run.reads(Role::error);
  const workload::TensorId id =
      back ? find_operand(run.op().inputs, Role::error) : find_operand(run.op().inputs, Role::data);
  return run.array_operand(id, run.now());
}

}  // namespace

void execute(const workload::Convolution& c, const Action& action, OpRun& run) {
  const workload::ConvShape& w = c.window;
  ConvolutionKernel& kernel =
      run.context().cache.convolution(run.op().id, c, action.derivative, run.samples());
  if (action.derivative == Derivative::parameters) {
    run.pass_folded_norm();
    const std::optional<std::span<float>> gradient = run.gradient(c.weights);
    KILN_CHECK(gradient.has_value(), "{} has no gradient of its weights", run.op().name);
    const std::span<const float> data = run.array_operand(run.input(Role::data), run.in(Role::data));
    const std::span<const float> error = operand_of_array(run);
    if (run.adds_to_gradient()) {
      std::vector<float> more(gradient->size());
      kernel.run(data.data(), error.data(), more.data(), 0);
      for (std::size_t i = 0; i < more.size(); ++i) (*gradient)[i] += more[i];
    } else {
      kernel.run(data.data(), error.data(), gradient->data(), 0);
    }
    return take_sums(run);
  }
  const bool back = action.derivative == Derivative::input;
  if (back) run.pass_folded_norm();
  const std::span<const float> weights = run.array_parameters(c.weights);
  const std::span<const float> from = operand_of_array(run);
  const std::span<float> result = run.make(
      run.samples() * (back ? w.in_positions() * w.in_channels : w.out_positions() * w.out_channels));
  kernel.run(from.data(), weights.data(), result.data(), run.parameters_version(c.weights));
  run.take(result);
}

/// The convolution from the result to the input, the other way round: its error is our input.
void execute(const workload::TransposedConvolution& t, const Action& action, OpRun& run) {
  const workload::ConvShape& w = t.window;
  const workload::Convolution back{w, t.groups, false};
  const Derivative derivative = action.derivative == Derivative::none    ? Derivative::input
                                : action.derivative == Derivative::input ? Derivative::none
                                                                         : Derivative::parameters;
  ConvolutionKernel& kernel = run.context().cache.convolution(run.op().id, back, derivative, run.samples());
  if (action.derivative != Derivative::none) run.pass_folded_norm();
  if (derivative == Derivative::parameters) {
    const std::optional<std::span<float>> gradient = run.gradient(PartKind::weight);
    KILN_CHECK(gradient.has_value(), "{} has no gradient of its weights", run.op().name);
    const std::span<const float> data = run.array_operand(run.input(Role::data), run.in(Role::data));
    const std::span<const float> error = operand_of_array(run);
    std::vector<float> made(gradient->size());
    kernel.run(error.data(), data.data(), made.data(), 0);
    for (std::size_t i = 0; i < made.size(); ++i)
      (*gradient)[i] = (run.adds_to_gradient() ? (*gradient)[i] : 0.0f) + made[i];
    return take_sums(run);
  }
  const std::span<const float> weights = run.array_parameters(PartKind::weight);
  const std::span<const float> from = operand_of_array(run);
  const bool forward = action.derivative == Derivative::none;
  const std::span<float> result = run.make(
      run.samples() * (forward ? w.in_positions() * w.in_channels : w.out_positions() * w.out_channels));
  kernel.run(from.data(), weights.data(), result.data(), run.parameters_version(PartKind::weight));
  run.take(result);
}

void execute(const workload::Dense& d, const Action& action, OpRun& run) {
  const std::int64_t rows = run.samples() * d.positions;
  if (action.derivative == Derivative::parameters) {
    run.pass_folded_norm();
    const std::optional<std::span<float>> gradient = run.gradient(d.weights);
    KILN_CHECK(gradient.has_value(), "{} has no gradient of its weights", run.op().name);
    const std::span<const float> data = run.array_operand(run.input(Role::data), run.in(Role::data));
    const std::span<const float> error = operand_of_array(run);
    const std::vector<float> changed = scaled(error, d.scale);
    multiply(d.out, d.in, rows, {changed.empty() ? error.data() : changed.data(), d.out, true},
             {data.data(), d.in, false}, gradient->data(), d.in, run.adds_to_gradient());
    return take_sums(run);
  }
  const bool back = action.derivative == Derivative::input;
  if (back) run.pass_folded_norm();
  const std::span<const float> weights = run.array_parameters(d.weights);
  const std::span<const float> from = operand_of_array(run);
  const std::span<float> result = run.make(rows * (back ? d.in : d.out));
  if (back)
    multiply(rows, d.in, d.out, {from.data(), d.out, false}, {weights.data(), d.in, false}, result.data(),
             d.in);
  else
    multiply(rows, d.out, d.in, {from.data(), d.in, false}, {weights.data(), d.in, true}, result.data(),
             d.out);
  if (d.scale != 1)
    for (float& value : result) value *= static_cast<float>(d.scale);
  run.take(result);
}

}  // namespace kiln::learning
