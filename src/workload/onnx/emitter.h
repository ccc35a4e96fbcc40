// SPDX-License-Identifier: MIT
// Writes the operators of a model as layers of a network. Internal to onnx.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "workload/network.h"
#include "workload/onnx/import.h"

namespace kiln::workload::onnx {

/// Where a value of the model is found in the network: an output of a layer, or the input. The values are the
/// same in logical order, but extents may be cut otherwise until someone needs them: see shaped().
struct Place {
  std::string name;
  Shape shape;
  int layer = -1;  ///< index of the layer that made it; -1: the network's input
};

class Emitter {
 public:
  Emitter(FlatGraph& graph, const ImportOptions& options, std::string path);

  /// All live operators. Throws ConfigError naming every operator that cannot be a layer.
  Imported run();

  // For the rules of single operators.
  FlatGraph& graph() { return graph_; }
  const ImportOptions& options() const { return options_; }
  const Value& value(ValueId id) const { return graph_.value(id); }
  bool is_fixed(const FlatNode& node, std::size_t input) const;
  /// Throws NodeError when the input is missing or not fixed.
  const Value& fixed(const FlatNode& node, std::size_t input, std::string_view what) const;
  /// Where an input is. Throws NodeError when it is fixed or has no layer.
  const Place& at(const FlatNode& node, std::size_t input) const;
  const Place& place(ValueId id) const;
  /// The same with the extents of one sample as the model has them, and the channels at this axis (of one
  /// sample; -1: wherever they are). Adds a reshape where one is needed.
  Place shaped(ValueId id, int channel_axis = -1);
  /// Extents of one sample, axes of one sample.
  Dims sample(ValueId id) const { return graph_.sample_dims(id); }
  int sample_axis(ValueId id, std::int64_t axis) const;

  /// A line for a layer of this kind, named after the weights or the operator.
  LayerConfig layer(const FlatNode& node, LayerOp op, ValueId weights = kAbsent);
  Place add(LayerConfig config, const std::vector<Place>& from);
  /// The output of a node is here.
  void set(ValueId output, Place place);
  /// The output of a node is its input: the values stay in logical order, and whoever needs other extents
  /// cuts them so.
  void pass(const FlatNode& node) { set(node.outputs[0], at(node, 0)); }
  /// An output of a layer with several.
  Place part(const Place& whole, int output) const;
  /// The line of the layer that made a value, when nothing else reads it and it may still be extended.
  LayerConfig* extendable(ValueId id);
  /// The only reader of a value; nullptr: none or several.
  const FlatNode* only_reader(ValueId id) const;
  bool is_read(ValueId id) const { return readers_[static_cast<std::size_t>(id)] > 0; }
  void skip(const FlatNode& node) { skipped_.insert(&node); }

  /// A part of a layer's parameters is this value, see WeightSource.
  void bind(WeightSource source) { sources_.push_back(std::move(source)); }
  const std::vector<WeightSource>& sources() const { return sources_; }
  /// Counts tensors of the file as parameters, each once.
  void count(ValueId id);
  void note(std::string text);
  /// The embedding that owns these weights; empty: none.
  std::string table_of(ValueId weights) const;
  void own_table(ValueId table, const std::string& layer);

 private:
  void add_inputs();
  void add_main_input(ValueId id);
  /// Does a window slide over depth, rows and columns of it?
  bool goes_over_volume(ValueId id) const;
  bool channels_first(ValueId id) const;
  void emit(const FlatNode& node);
  void check(const FlatNode& node) const;
  void choose_outputs();
  void find_readers();
  void emit_all();
  void name_outputs();
  void complain(const FlatNode& node, const std::string& why);
  void refuse_problems();
  void note_states();
  std::string unique(std::string name);

  FlatGraph& graph_;
  const ImportOptions& options_;
  std::string path_;
  std::vector<base::Problem> problems_;
  std::vector<int> live_, readers_;
  std::map<ValueId, std::vector<const FlatNode*>> consumers_;
  std::unique_ptr<NetworkBuilder> builder_;
  Imported result_;
  std::map<ValueId, Place> places_;
  std::set<const FlatNode*> skipped_;
  std::map<std::string, int> names_;  ///< and the number that the next one of that name gets
  std::set<std::string> read_;        ///< names of what layers read
  std::set<ValueId> states_;          ///< last states of recurrent layers, handed on
  std::vector<WeightSource> sources_;
  std::set<ValueId> counted_;
  std::map<ValueId, std::string> tables_;
  int shared_weights_ = 0;
};

/// A name from a model as one of a layer: letters, digits, dots, dashes and lines; empty when nothing is
/// left.
std::string clean_name(std::string_view name);

/// The largest value of each channel of a map. Throws NodeError.
Place largest(Emitter&, const FlatNode&, const Place& map);

/// Writes one operator; throws NodeError, Misfit or std::out_of_range.
using EmitRule = void (*)(Emitter&, const FlatNode&);
/// For operators that are no layers.
inline void pass_on(Emitter& e, const FlatNode& node) {
  e.pass(node);
}
EmitRule window_emitter(std::string_view op);
EmitRule product_emitter(std::string_view op);
EmitRule norm_emitter(std::string_view op);
EmitRule layout_emitter(std::string_view op);
EmitRule elementwise_emitter(std::string_view op);
/// Names of all operators that have a rule, for messages.
std::vector<std::string> supported_operators();

}  // namespace kiln::workload::onnx
