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

#include "config/record.h"

namespace kiln::workload {

enum class Phase { forward, dgrad, wgrad, compress, reduce, update };
enum class Precision { int4, int8, fp8, fp16, bf16, fp32 };
double bits_of(Precision);
std::span<const config::EnumName<Precision>> enum_names(const Precision*);
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

using TensorId = std::int32_t;
using OpId = std::int32_t;
inline constexpr std::int32_t kNone = -1;

/// Logical size: `samples` x `rows` x `row_elements`. `samples` is 1 for parameters. For an activation of a
/// convolution rows = height and row_elements = width * channels; sequences use rows = tokens.
struct Tensor {
  TensorId id = kNone;
  std::string name;
  TensorClass cls = TensorClass::activation;
  std::int32_t layer = kNone;
  std::int64_t samples = 1, rows = 1, row_elements = 0;
  double bits_per_element = 16;
  OpId first_op = kNone,
       last_op = kNone;     ///< lifetime in op order; parameters and state live over the whole step
  bool persistent = false;  ///< survives the step (weights, state, masters)
  std::int64_t elements() const { return samples * rows * row_elements; }
  std::int64_t bytes() const;  ///< rounded up to a byte
};

/// C[m,n] += A[m,k] B[k,n], `repeats` independent ones of
/// that shape (depthwise: channels; attention: batch*heads).
struct Gemm {
  std::int64_t m = 0, n = 0, k = 0, repeats = 1;
  std::int64_t macs() const { return m * n * k * repeats; }
};

/// Convolution geometry behind a GEMM: what im2col in the DMA and halos need.
struct ConvShape {
  std::int32_t kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1;
  std::int32_t in_h = 1, in_w = 1, out_h = 1, out_w = 1;
  std::int32_t in_channels = 0, out_channels = 0;
};

enum class OpKind {
  gemm,       ///< MAC array: conv, linear, matmul, LSTM gates
  depthwise,  ///< MAC array with its own mapping
  vector,     ///< vector unit only: normalisation, activation, pooling, add, softmax, loss, LSTM pointwise
  gather,     ///< embedding look-up and its scatter-add
  compress,   ///< encode the weight gradient of one layer
  reduce,     ///< sum the workers' gradients of one layer
  update      ///< optimizer on one layer's parameters
};

/// Work of the vector unit: `elements` visited in `passes` passes of `ops_per_element` lane operations each.
struct VectorWork {
  std::int64_t elements = 0;
  double ops_per_element = 0;
  int passes = 1;
};

struct Op {
  OpId id = kNone;
  std::string name;            ///< "b1.dw/dgrad", "b1.dw/norm_backward"
  std::int32_t layer = kNone;  ///< index into StepGraph::layers
  Phase phase = Phase::forward;
  OpKind kind = OpKind::vector;
  Gemm gemm;  ///< kinds gemm and depthwise
  std::optional<ConvShape> conv;
  Precision precision = Precision::fp16;  ///< compute precision on the array
  VectorWork vector;  ///< also the vector epilogue of array ops (bias, statistics, activation)
  std::vector<TensorId> reads, writes;
  bool recompute = false;   ///< forward op executed again for checkpointing
  bool all_reduce = false;  ///< its `statistics` outputs are summed over the workers before a reader starts
  double weight_density = 1.0;  ///< non-zero share of the weight operand (pruning); FWD and DGRAD
  double input_density = 1.0;   ///< non-zero share of the activation operand (behind a relu); FWD and WGRAD
};

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
};

}  // namespace kiln::workload
