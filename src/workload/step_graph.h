// SPDX-License-Identifier: MIT
// The training step as a graph of operations over tensors, before any hardware is known.
//
// Ops stand in execution order; an op reads and writes tensors by id. Everything is for the whole
// (micro-)batch; mapping the work to tiles is the business of lowering.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "workload/operation.h"
#include "workload/part.h"
#include "workload/shape.h"

namespace kiln::workload {

enum class Phase { forward, dgrad, wgrad, compress, reduce, update };
std::string_view name_of(Phase);

enum class TensorClass {
  input,            ///< samples brought in by the I/O tile
  weight,           ///< compute copy read by FWD and DGRAD
  activation,       ///< layer output, dead after its last forward reader unless also saved
  saved,            ///< kept from forward to backward (storage precision of its own, masks 1 bit)
  error,            ///< gradient with respect to an activation
  weight_gradient,  ///< one copy per worker under data-parallel mapping
  optimizer_state,  ///< momentum, Adam moments
  master_weight,    ///< fp32 copy when compute weights are narrower
  statistics        ///< per-channel means and variances
};

/// "weights", "optimizer states", ...
std::string_view name_of(TensorClass);

using TensorId = std::int32_t;
using OpId = std::int32_t;
inline constexpr std::int32_t kNone = -1;

/// What the elements of a tensor are.
enum class ElementKind {
  number,
  index,  ///< of a token, or of the maximum in a window
  mask    ///< one bit: inside the clipping range of an activation
};

/// `samples` values of `shape`; parameters have one sample and name the parts that lie behind one another.
struct Tensor {
  TensorId id = kNone;
  std::string name;
  TensorClass cls = TensorClass::activation;
  std::int32_t layer = kNone;
  std::int64_t samples = 1;
  Shape shape;
  ElementKind element = ElementKind::number;
  Parts parts;  ///< of parameters, gradients, states (as often as the optimizer has values) and statistics
  double bits_per_element = 16;
  OpId first_op = kNone,
       last_op = kNone;     ///< lifetime in op order; parameters and state live over the whole step
  bool persistent = false;  ///< survives the step (weights, state, masters)
  std::int64_t elements() const { return samples * shape.elements(); }
  /// Lines of one sample, and their length: what tiles divide.
  std::int64_t rows() const { return shape.rows(); }
  std::int64_t row_elements() const { return shape.elements() / shape.rows(); }
  std::int64_t bytes() const;  ///< rounded up to a byte
};

/// What a tensor is to the operation that reads or writes it.
enum class Role {
  data,        ///< an input of the layer; several in the order of the layer's inputs
  result,      ///< an output of the layer; several in their order
  kept,        ///< copy of a result for the backward pass, in storage precision
  parameters,  ///< the layer's block; the parts say what is where
  trained,     ///< the trained extra beside a frozen block (biases, low-rank factors)
  quantised,   ///< fake-quantised parameters
  statistics,  ///< of a norm
  sums,        ///< derivatives with respect to scale and shift of a batch norm
  mask,
  act_input,    ///< what an activation was applied to
  index,        ///< where in its window the maximum was
  state,        ///< gates and cell states of a recurrent layer
  addend,       ///< is added to the result
  error,        ///< with respect to an output of the layer; several in their order
  input_error,  ///< with respect to an input of the layer, or to what the operation in front made
  gradient,     ///< of parameters
  optimizer_state,
  master,
  teacher,  ///< its outputs
  loss,     ///< one number, of a worker's samples
  slope,    ///< of the loss along the direction that the weights were moved along
  flag      ///< overflow: leave the weights as they are
};

/// Positions [first, first + count) of every sample of a value; a count of 0: all.
struct Positions {
  std::int64_t first = 0, count = 0;
  bool all() const { return count == 0; }
};

struct Operand {
  Role role = Role::data;
  TensorId tensor = kNone;
  std::int32_t number = 0;   ///< of the layer's input or output, where it has several
  Positions positions = {};  ///< that are touched
};

/// One operation on what is read or on what the one before it left; the last one leaves the results.
struct Action {
  Operation operation;
  Derivative derivative = Derivative::none;
  std::int64_t elements = 0;  ///< visited by the vector unit, of the whole batch
};

/// Work of the vector unit: `elements` visited in `passes` passes of `ops_per_element` lane operations each.
struct VectorWork {
  std::int64_t elements = 0;
  double ops_per_element = 0;
  int passes = 1;
};

/// A node of the step. What it computes is written as actions and operands; what it costs (kind, product,
/// window, lane operations, the tensors it moves) follows from these when it joins the graph.
struct Op {
  OpId id = kNone;
  std::string name;            ///< "b1.dw/dgrad", "b1.dw/norm_backward"
  std::int32_t layer = kNone;  ///< index into StepGraph::layers
  Phase phase = Phase::forward;
  std::vector<Action> actions;  ///< fused; the first one decides which unit works
  std::vector<Operand> inputs, outputs;
  Precision precision = Precision::fp16;  ///< compute precision on the array
  bool recompute = false;                 ///< forward op executed again for checkpointing
  bool all_reduce = false;  ///< its `statistics` outputs are summed over the workers before a reader starts
  double weight_density = 1.0;  ///< non-zero share of the weight operand (pruning); FWD and DGRAD
  double input_density = 1.0;   ///< non-zero share of the activation operand (behind a relu); FWD and WGRAD

  // Derived by finish_op().
  OpKind kind = OpKind::vector;
  Gemm gemm;  ///< kinds gemm and depthwise
  std::optional<ConvShape> conv;
  VectorWork vector;                    ///< also the vector epilogue of array ops
  std::vector<TensorId> reads, writes;  ///< the distinct tensors of inputs and outputs

  /// Adds an operand; kNone is passed over.
  void read(Role role, TensorId tensor, std::int32_t number = 0);
  void write(Role role, TensorId tensor, std::int32_t number = 0);
  void run(Operation operation, std::int64_t elements = 0, Derivative derivative = Derivative::none);
};

/// The positions of a tensor that an operation touches.
Positions positions_of(const Op& op, TensorId tensor);
/// The part of a block of factors (or of their gradient) that a low-rank product of experts uses; nullptr:
/// all of it. The pair of a single layer is small and goes as one.
const Part* factor_of(const Op& op, const Tensor& block);

/// Sets what follows from actions and operands. `samples` is the batch that the op is run on.
void finish_op(Op& op, std::int64_t samples);

struct LayerInfo {
  std::string name;
  std::string kind;  ///< conv, depthwise, linear, ...
  std::int64_t parameters = 0;
  bool trainable = true;
  std::int64_t trainable_parameters = 0;  ///< fewer than `parameters` under bias-only or low-rank training
};

struct StepGraph {
  std::string network;
  std::int64_t batch = 0;             ///< samples per micro-batch of this graph
  int micro_batches = 1;              ///< how often FWD/DGRAD/WGRAD ops repeat before one REDUCE/UPDATE
  double useful_step_fraction = 1.0;  ///< steps whose update is applied; dynamic loss scaling skips the rest
  std::vector<LayerInfo> layers;
  std::vector<Tensor> tensors;
  std::vector<Op> ops;
  double samples() const { return static_cast<double>(batch * micro_batches); }  ///< of one step
  std::int64_t macs(Phase) const;  ///< of one micro-batch, recomputation included
  std::int64_t parameters() const;
  std::int64_t trainable_parameters() const;
  /// Does the step go by the losses on either side of the weights, without errors?
  bool is_zeroth_order() const;
};

/// Operations [first, end) of such a step: a forward pass, which every micro-batch goes through, or what is
/// done between them once.
struct Stretch {
  OpId first = 0, end = 0;
  bool every_micro_batch = false;
};
std::vector<Stretch> stretches_of(const StepGraph&);

}  // namespace kiln::workload
