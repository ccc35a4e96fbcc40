// SPDX-License-Identifier: MIT
// What the forward, backward and update emitters of the expansion share. Internal to workload.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "workload/graph_builder.h"
#include "workload/network.h"
#include "workload/training_config.h"
#include "workload/training_plan.h"

namespace kiln::workload {

/// One output of a layer, or the network's input.
struct Value {
  TensorId now = kNone;    ///< for readers in the forward pass
  TensorId kept = kNone;   ///< for readers in the backward pass; equal to `now` unless storage is narrower
  TensorId error = kNone;  ///< sum of the contributions so far
};
using Values = std::vector<Value>;

/// The tensors of one layer.
struct LayerTensors {
  TensorId weight = kNone;        ///< computing copy of everything the layer owns, minus `trained_part`
  TensorId trained_part = kNone;  ///< the trained extra under bias-only and low-rank training
  TensorId quantised = kNone;     ///< fake-quantised weights of this step
  TensorId gradient = kNone, optimizer_state = kNone, master = kNone;
  std::set<PartKind> gradient_started;  ///< what WGRADs of this step have written of it: all but factors of
                                        ///< low rank (`weight`), one or the other factor
  TensorId statistics = kNone;   ///< batch norm: mean, deviation, scale, shift per channel; layer norm: mean
                                 ///< and deviation per row
  TensorId before_norm = kNone;  ///< kept input of the batch norm
  TensorId mask = kNone;         ///< of the activation and of fake quantisation
  TensorId act_input = kNone;    ///< of the activation
  TensorId pool_index = kNone;
  TensorId routing = kNone;              ///< experts of each token, of a `top_k` layer
  TensorId low_rank = kNone;             ///< X A of the low-rank branch
  TensorId gates = kNone, cell = kNone;  ///< of a recurrent layer, all steps
};

/// How a stretch of the forward pass is emitted.
enum class Pass {
  keep,     ///< the normal one: what the backward pass needs is kept
  discard,  ///< checkpointing: only checkpoints are kept
  again     ///< checkpointing: executed once more for the backward pass
};

/// Positions of each sample that the last layer and the loss go through at once (TrainingConfig::loss_chunk).
struct LossChunk {
  int head = kNone;         ///< the last layer
  Layer layer;              ///< as it is on these positions
  std::int32_t number = 0;  ///< of the chunk
  Positions positions;
  std::size_t next_error = 0;  ///< of `StepState::chunk_errors`
};

struct StepState {
  StepState(const Network& net, const TrainingConfig& cfg, const TrainingPlan& what, GraphBuilder& into);

  const Network& network;
  const TrainingConfig& config;
  const TrainingPlan& plan;
  GraphBuilder& builder;
  std::string prefix;             ///< of every name: "teacher/"
  std::int32_t layer_offset = 0;  ///< of `network.layers` in the graph's layers
  std::int64_t samples = 1;       ///< per micro-batch
  bool training = true;           ///< false: a teacher
  std::vector<Values> values;     ///< by layer + 1; [0] is the input
  std::vector<LayerTensors> tensors;
  std::vector<bool> checkpoint;  ///< by layer + 1: kept across a discarded segment
  Pass pass = Pass::keep;
  std::string sweep;  ///< behind the names of what is there once on either side of the weights
  std::optional<LossChunk> chunk;
  std::vector<TensorId>
      chunk_errors;              ///< with respect to what the head reads: all chunks write into the same
  std::vector<TensorId> losses;  ///< of zeroth order: one for each loss and side

  Values& outputs(int layer) { return values[static_cast<std::size_t>(layer + 1)]; }
  Value& value(const ValueRef& ref) { return outputs(ref.layer)[static_cast<std::size_t>(ref.output)]; }
  const Layer& layer(int index) const {
    return chunk && index == chunk->head ? chunk->layer : network.layers[index];
  }
  const Shape& shape_of(const ValueRef&) const;
  const LayerPlan& layer_plan(int index) const { return plan.layers[index]; }
  /// Behind the names of what is there once for each chunk.
  std::string in_chunk(int layer) const;
  /// Elements of one output of a layer, all samples.
  std::int64_t elements(const Shape& shape) const { return samples * shape.elements(); }
  /// Of a value that an operation of the chunk goes over.
  std::int64_t visited(const Shape& shape) const;
  /// A later chunk of a loss: it adds to what the first one has begun.
  bool goes_on() const { return chunk && chunk->number > 0; }
  /// Is there a backward pass for which this stretch must keep things?
  bool keeps(int index) const { return plan.live(index) && pass != Pass::discard; }
  bool quantised() const { return training && config.quantisation_aware.has_value(); }

  /// Precisions of one layer, or of the network's input.
  const PrecisionConfig& precisions(int index) const {
    return index == kNetworkInput || !training ? config.precision : layer_plan(index).precision;
  }
  double activation_bits(int layer) const;
  double saved_bits(int layer) const;
  double weight_bits(int layer) const;
  double error_bits(int layer) const { return bits_of(precisions(layer).errors); }
  Precision precision(int layer, Phase) const;

  /// An operation of a layer, still without actions and operands.
  Op op(int layer, const char* suffix, Phase) const;
  /// One of the MAC array, with the densities of its operands.
  Op array_op(int layer, const char* suffix, Phase, const Operation&, Derivative = Derivative::none) const;
  /// One of the thin products of low-rank training: dense weights; `on_input` if it sees the layer's input.
  Op low_rank_op(int layer, const char* suffix, Phase, const Operation&, Derivative, bool on_input) const;
  /// Adds a finished operation; one without results is left out.
  void add(Op op);
  /// Adds it whatever it results in.
  void add_always(Op op);

  /// Per-sample tensor of one layer.
  TensorId tensor(int layer, const std::string& suffix, TensorClass, const Shape& shape, double bits,
                  ElementKind = ElementKind::number);
  /// Parameter-like tensor, `copies` of `parts`.
  TensorId parameters(int layer, const std::string& suffix, TensorClass, const Parts& parts, double bits,
                      bool persistent, int copies = 1);
  /// A new error of a value.
  TensorId error_tensor(const ValueRef& value, const std::string& suffix);
  /// fp32 values per channel.
  TensorId per_channel(int layer, const std::string& suffix, const Parts& parts);
  /// A value for the forward pass and, if `keep`, for the backward pass: one tensor when both have the same
  /// width.
  Value make_value(int layer, const std::string& suffix, const Shape& shape, bool keep);
  /// What a reader in the current pass reads: recomputation starts from the checkpoints.
  TensorId readable(const ValueRef& value);
};

/// Does the training form the loss in chunks on this network? Throws ConfigError where the network cannot.
bool chunks_loss(const Network&, const TrainingConfig&);
/// Last layer and loss chunk after chunk: forward, loss, and back through the layer.
void emit_chunks(StepState&);
/// The backward pass of one layer, if an error reaches it.
void emit_backward(StepState&, int layer);
/// The loss on all outputs, against a teacher's too if there is one, and the errors it begins with.
void emit_loss(StepState&, const std::vector<TensorId>& teacher);
/// Lets the operation leave the loss of a worker's samples, added to that of earlier chunks and
/// micro-batches.
void write_loss(StepState&, int layer, Op&);
/// Two forward passes with the passes over the weights around them.
void emit_zeroth_order(StepState&);
/// COMPRESS, REDUCE, UPDATE of one layer; `overflow_flag` is kNone without dynamic loss scaling.
void emit_update(StepState&, int layer, TensorId overflow_flag);
/// The tensors that hold the layer's parameters, gradient and optimizer state.
void emit_parameters(StepState&, int layer);

}  // namespace kiln::workload
