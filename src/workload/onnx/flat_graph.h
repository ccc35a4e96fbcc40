// SPDX-License-Identifier: MIT
// A model without functions, subgraphs and names: operators in order over numbered values, whose shapes are
// known and of which what follows from the file alone is marked as fixed.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "workload/onnx/constant.h"

namespace kiln::workload::onnx {

using ValueId = int;
inline constexpr ValueId kAbsent = -1;

struct Value {
  std::string name;
  ElementType type = ElementType::undefined;
  std::optional<Dims> dims;
  std::optional<Constant> constant;  ///< its numbers, where they are known and few
  bool fixed = false;                ///< follows from the file alone: weights and what is made of them
  std::vector<ValueId> sources;      ///< of a fixed value: the tensors of the file that it is made of
  int batch_axis = -1;               ///< the axis of the samples, of extent 1; -1: there is none
  int producer = -1;                 ///< node; -1: an input or a tensor of the file
  Tensor tensor;                     ///< of a tensor of the file
};

/// Attributes of one operator, those that a function was given put in.
class Attributes {
 public:
  void set(std::string_view name, const Attribute& attribute) { all_[std::string(name)] = attribute; }
  const Attribute* find(std::string_view name) const;
  std::int64_t integer(std::string_view name, std::int64_t fallback) const;
  double real(std::string_view name, double fallback) const;
  std::string text(std::string_view name, std::string_view fallback) const;
  std::vector<std::int64_t> integers(std::string_view name, std::vector<std::int64_t> fallback = {}) const;

 private:
  std::map<std::string, Attribute, std::less<>> all_;
};

struct FlatNode {
  std::string op;
  std::string name;  ///< as written, or that of its first output
  std::int64_t opset = 0;
  std::vector<ValueId> inputs, outputs;  ///< kAbsent: left out
  Attributes attributes;
  std::map<std::string, double> facts;  ///< what a pattern found: see patterns.h
  std::string problem;                  ///< why it cannot be imported; empty: it can, or an input cannot

  bool has(std::size_t input) const { return input < inputs.size() && inputs[input] != kAbsent; }
};

struct FlatGraph {
  std::vector<Value> values;
  std::vector<FlatNode> nodes;
  std::vector<ValueId> inputs, outputs;
  std::int64_t file_batch = 1;     ///< samples that the file's shapes are made for
  std::int64_t nodes_in_file = 0;  ///< of all graphs
  bool is_quantised = false;       ///< has QuantizeLinear or DequantizeLinear

  const Value& value(ValueId id) const { return values[static_cast<std::size_t>(id)]; }
  Value& value(ValueId id) { return values[static_cast<std::size_t>(id)]; }
  const FlatNode* producer(ValueId id) const;
  FlatNode* producer(ValueId id);
  /// Nodes that an output needs, in order, by index.
  std::vector<int> live_nodes() const;
  /// How often each value is read by live nodes or is an output.
  std::vector<int> readers(const std::vector<int>& live) const;
  /// Extents of one sample: without the axis of the samples.
  Dims sample_dims(ValueId id) const;
  /// An axis of a value as an axis of one sample; -1 for the axis of the samples.
  int sample_axis(ValueId id, int axis) const;
};

/// Is the operator one of a list of names?
template <std::size_t N>
bool one_of(const std::string_view (&list)[N], std::string_view op) {
  return std::find(std::begin(list), std::end(list), op) != std::end(list);
}

/// What one operator cannot do. Becomes FlatNode::problem.
struct NodeError {
  std::string message;
};
[[noreturn]] void refuse(std::string message);

}  // namespace kiln::workload::onnx
