// SPDX-License-Identifier: MIT
// What the forward, backward and update emitters of the expansion share. Internal to workload.
#pragma once

#include <string>
#include <vector>

#include "workload/graph_builder.h"
#include "workload/network.h"
#include "workload/training_config.h"
#include "workload/training_plan.h"

namespace kiln::workload {

/// The output of one layer (one tensor per part of a split) or the network's input.
struct Value {
  std::vector<TensorId> now;  ///< for readers in the forward pass
  std::vector<TensorId>
      kept;  ///< for readers in the backward pass; equal to `now` unless storage is narrower
  std::vector<TensorId> error;  ///< sum of the contributions so far, per part
};

/// The tensors of one layer.
struct LayerTensors {
  TensorId weight = kNone;        ///< computing copy of everything the layer owns, minus `trained_part`
  TensorId trained_part = kNone;  ///< the trained extra under bias-only and low-rank training
  TensorId quantised = kNone;     ///< fake-quantised weights of this step
  TensorId gradient = kNone, optimizer_state = kNone, master = kNone;
  bool gradient_started = false;  ///< a WGRAD of this step has written the gradient
  TensorId statistics = kNone;    ///< batch norm: mean, deviation, scale, shift per channel; layer norm: mean
                                  ///< and deviation per row
  TensorId before_norm = kNone;   ///< kept input of the batch norm
  std::vector<TensorId> act_saved;  ///< mask or input of the activation
  TensorId pool_index = kNone;
  TensorId low_rank = kNone;   ///< X A of the low-rank branch
  std::vector<TensorId> cell;  ///< gates and cell states of an lstm
};

/// How a stretch of the forward pass is emitted.
enum class Pass {
  keep,     ///< the normal one: what the backward pass needs is kept
  discard,  ///< checkpointing: only checkpoints are kept
  again     ///< checkpointing: executed once more for the backward pass
};

struct StepState {
  StepState(const Network& net, const TrainingConfig& cfg, const TrainingPlan& what, GraphBuilder& into)
      : network(net),
        config(cfg),
        plan(what),
        builder(into),
        values(net.layers.size() + 1),
        tensors(net.layers.size()),
        checkpoint(net.layers.size() + 1, false) {}

  const Network& network;
  const TrainingConfig& config;
  const TrainingPlan& plan;
  GraphBuilder& builder;
  std::string prefix;             ///< of every name: "teacher/"
  std::int32_t layer_offset = 0;  ///< of `network.layers` in the graph's layers
  std::int64_t samples = 1;       ///< per micro-batch
  bool training = true;           ///< false: a teacher
  std::vector<Value> values;      ///< by layer + 1; [0] is the input
  std::vector<LayerTensors> tensors;
  std::vector<bool> checkpoint;  ///< by layer + 1: kept across a discarded segment
  Pass pass = Pass::keep;

  Value& value(int layer) { return values[layer + 1]; }
  const Layer& layer(int index) const { return network.layers[index]; }
  const LayerPlan& layer_plan(int index) const { return plan.layers[index]; }
  /// Is there a backward pass for which this stretch must keep things?
  bool keeps(int index) const { return plan.live(index) && pass != Pass::discard; }
  bool quantised() const { return training && config.quantisation_aware.has_value(); }

  double activation_bits() const;
  double saved_bits() const;
  double weight_bits() const;
  Precision precision(Phase) const;

  Op op(int layer, const char* suffix, Phase, OpKind) const;
  /// An operation of the MAC array with its window and the densities of its operands.
  Op array_op(int layer, const char* suffix, Phase, const Gemm&) const;
  /// One of the thin products of low-rank training: dense weights; `on_input` if it sees the layer's window.
  Op low_rank_op(int layer, const char* suffix, Phase, const Gemm&, bool on_input) const;
  /// Activation-like tensor of one layer: samples x rows x row_elements taken from `shape`.
  TensorId tensor(int layer, const std::string& suffix, TensorClass, const Shape& shape, double bits);
  /// Parameter-like tensor.
  TensorId parameters(int layer, const std::string& suffix, TensorClass, std::int64_t elements, double bits,
                      bool persistent);
  /// fp32 values per channel.
  TensorId per_channel(int layer, const std::string& suffix, std::int64_t channels, int values_each);
  /// A value for the forward pass and, if `keep`, for the
  /// backward pass: one tensor when both have the same width.
  void make_value(int layer, const std::string& suffix, const Shape& shape, bool keep,
                  std::vector<TensorId>& now, std::vector<TensorId>& kept);
  /// What a reader in the current pass reads: recomputation starts from the checkpoints.
  const std::vector<TensorId>& readable(int layer) const;
};

/// Adds ids to a list of reads or writes, each once; kNone is skipped.
void append(std::vector<TensorId>& list, TensorId id);
void append(std::vector<TensorId>& list, const std::vector<TensorId>& more);

/// Emits the forward operations of one layer.
void emit_forward(StepState&, int layer);
/// Emits the loss and the error of the last layer. `teacher` is the teacher's output or kNone.
void emit_loss(StepState&, TensorId teacher);
/// Emits DGRAD and WGRAD of one layer; needs the errors of all its readers.
void emit_backward(StepState&, int layer);
/// COMPRESS, REDUCE, UPDATE of one layer; `overflow_flag` is kNone without dynamic loss scaling.
void emit_update(StepState&, int layer, TensorId overflow_flag);
/// The tensors that hold the layer's parameters, gradient and optimizer state.
void emit_parameters(StepState&, int layer);

}  // namespace kiln::workload
