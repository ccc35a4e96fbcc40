// SPDX-License-Identifier: MIT
// All that the step has to know of one kind of layer: its shapes, what it keeps for the backward pass, the
// operations it becomes. One class per kind, in layers/; a row of layer_table.cpp makes it known.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>

#include "workload/network.h"
#include "workload/training_plan.h"

namespace kiln::workload {

struct StepState;

/// What does not fit in a layer: a key of it, and what is wrong and allowed.
struct Misfit {
  std::string key;
  std::string message;
};
/// Throws Misfit unless `condition` holds.
void require(bool condition, const char* key, const std::string& message);

/// A layer while its shapes are found.
struct Inference {
  const LayerConfig& config;
  const Network& network;                   ///< all earlier layers
  const std::map<std::string, int>& index;  ///< of these, by name
  Layer& layer;                             ///< name, op, inputs, norm and act are set

  const Shape& input(std::size_t number) const { return network.shape_of(layer.inputs[number]); }
  /// The layer behind an input; nullptr for the network's input.
  const Layer* source(std::size_t number) const;
  /// A bare name means the one output of a layer; where there are several one has to be chosen.
  void require_whole(std::size_t number) const;
  /// An earlier layer by name. Throws Misfit at `key`.
  ValueRef find(const std::string& name, const char* key) const;
  /// `config.axis` of a shape, counted from the end when negative; `fallback` when it is not given.
  int axis(const Shape& shape, int fallback) const;
  /// Gives the layer parameters. Throws std::out_of_range above 2^42 of them.
  void own(PartKind kind, std::vector<std::int64_t> extents) const;
  /// Sets the one output.
  void set_output(Shape shape) const;
};

/// How many layers a kind reads.
struct Arity {
  int least = 1, most = 1;
};
inline constexpr int kAnyNumber = std::numeric_limits<int>::max();

/// What becomes of the channels of an input when there are fewer of them (channel pruning).
enum class ChannelUse {
  taken,  ///< any number is fine and the output does not change
  kept,   ///< the output has the same channels
  fixed   ///< must stay
};

class LayerKind {
 public:
  LayerKind() = default;
  LayerKind(const LayerKind&) = delete;
  LayerKind& operator=(const LayerKind&) = delete;
  virtual ~LayerKind() = default;

  virtual Arity arity(const LayerConfig&) const { return {}; }
  /// Sets outputs, operation and parameters. Throws Misfit, or std::out_of_range for what is too large.
  virtual void infer(const Inference&) const = 0;
  /// Does the backward pass read the value of input number `input` again?
  virtual bool needs_input(const Layer&, const TrainingPlan&, const LayerPlan&, std::size_t /*input*/) const {
    return false;
  }
  /// Does it read its own output again?
  virtual bool needs_output() const { return false; }
  /// Does an error go to input number `input`?
  virtual bool passes_error(std::size_t /*input*/) const { return true; }
  virtual ChannelUse channels(const LayerConfig&) const { return ChannelUse::fixed; }
  /// Weights of a GEMM: what "25 % of the layers frozen" counts.
  virtual bool is_weighted() const { return false; }
  /// Weights that are matrices of (outputs, inputs): low-rank training can stand beside them, and
  /// TrainingConfig::base_weights stores them in its format.
  virtual bool has_matrices(const Layer&) const { return false; }
  /// Takes a batch norm behind it (`norm: batch`).
  virtual bool takes_norm() const { return false; }
  /// Reads a layer with several parts by its bare name.
  virtual bool reads_parts() const { return false; }

  /// Emits the forward operations.
  virtual void forward(StepState&, int layer) const = 0;
  /// Emits DGRAD and WGRAD; called where an error reaches the layer's output.
  virtual void backward(StepState&, int layer) const = 0;
};

}  // namespace kiln::workload
