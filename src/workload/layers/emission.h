// SPDX-License-Identifier: MIT
// What the layers share when they write their operations. Internal to workload.
#pragma once

#include "workload/layer_kind.h"
#include "workload/step_state.h"

namespace kiln::workload {

/// The layer's own operation over all values of its output, reading its inputs: what a forward pass begins
/// with where no array is involved.
Op own_pass(StepState&, int layer);
/// Its derivative by the inputs, over as many values and reading the errors of its outputs: what a backward
/// pass begins with there.
Op error_pass(StepState&, int layer);
/// The layer's parameters and what is trained beside them.
void read_parameters(const StepState&, int layer, Op&);

/// What the samples of an input are: indices where an embedding looks them up.
ElementKind input_elements(const StepState&, const ValueRef& input);

/// Which rows are whose experts', where the layer is one of a mixture of experts.
void read_routing(const StepState&, int layer, Op&);

/// Reads all inputs of the layer as data.
void read_inputs(StepState&, int layer, Op&);
/// Reads one input as it was kept for the backward pass.
void read_kept(StepState&, int layer, std::size_t input, Op&);
/// Reads the errors of all outputs that have one.
void read_errors(StepState&, int layer, Op&);

/// Creates the outputs of a layer and lets `op` write them. In a repeated pass a checkpoint exists already.
void write_output(StepState&, int layer, Op&);
/// Activation and fake quantisation at the end of `op`, with what their backward pass keeps; then the output.
void finish_output(StepState&, int layer, Op&);
/// The copy of the layer's weights that the array computes with is quantised in each step.
void emit_fake_quantisation(StepState&, int layer);
/// Reads the weights that the array computes with.
void read_weights(const StepState&, int layer, Op&);

/// `op` produces a contribution to the error of `target`; adds what is there already.
void write_error(StepState&, const ValueRef& target, Op&, std::int32_t input = 0);
/// The error of a layer's output is, unchanged, a contribution to that of `target`.
void pass_error(StepState&, int layer, const ValueRef& target);
/// Through activation (and fake quantisation) without batch statistics. Returns the errors in front of it.
std::vector<TensorId> through_activation(StepState&, int layer);
/// Reads what the derivative of the activation needs and forms it. `within_norm`: the norm's backward pass
/// applies the mask anyway.
void read_activation(StepState&, int layer, std::int64_t elements, Op&, bool within_norm = false);

/// Batch norm by the statistics of this batch, whose input is `raw`: the operation that normalises.
void emit_normalised(StepState&, int layer, TensorId raw);
TensorId make_statistics(StepState&, int layer);
/// Through activation and batch norm: one pass for the two sums per channel and, if it is needed, one for the
/// error, which has the shape of the output.
struct BehindNorm {
  TensorId error = kNone, sums = kNone;
};
BehindNorm through_batch_norm(StepState&, int layer, bool needs_error = true);

/// Lets `op` add its result to the gradient of `owner`.
void write_gradient(StepState&, int owner, Op&);
/// Sum of errors over samples and positions: gradient of biases, shifts, position tables.
void emit_sum_gradient(StepState&, int layer, const std::vector<TensorId>& errors);

}  // namespace kiln::workload
