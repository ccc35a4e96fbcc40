// SPDX-License-Identifier: MIT
// Shapes of the operators of ONNX, one function each; written from the specification of the operators.
#pragma once

#include <string>
#include <vector>

#include "workload/onnx/flat_graph.h"

namespace kiln::workload::onnx {

/// One operator while its shapes are found.
class Shaper {
 public:
  Shaper(FlatGraph& graph, const FlatNode& node) : graph_(graph), node_(node) {}

  const FlatNode& node() const { return node_; }
  FlatGraph& graph() { return graph_; }
  const Attributes& attributes() const { return node_.attributes; }
  bool has(std::size_t input) const { return node_.has(input); }
  const Value& in(std::size_t input) const;
  /// Throws NodeError when the input is missing.
  const Dims& dims(std::size_t input) const;
  int rank(std::size_t input) const { return static_cast<int>(dims(input).size()); }
  /// Numbers of an input that has to be known. Throws NodeError naming it.
  const Constant& known(std::size_t input, std::string_view what) const;
  /// The same for an input that has to be a single number.
  const Constant& known_number(std::size_t input, std::string_view what) const;
  std::vector<std::int64_t> known_integers(std::size_t input, std::string_view what) const;
  /// An attribute, or the input that took its place in later versions; empty: neither.
  std::vector<std::int64_t> integers(std::string_view attribute, std::size_t input) const;
  /// An axis counted from the front. Throws NodeError.
  static int axis(std::int64_t written, int rank);
  int axis(std::string_view attribute, std::int64_t fallback, int of_rank) const;

  /// Sets an output; those left out are passed over. `batch_axis` -1: none.
  void set(std::size_t output, Dims dims, ElementType type, int batch_axis);
  void set(std::size_t output, Dims dims, int batch_axis) {
    set(output, std::move(dims), in(0).type, batch_axis);
  }
  /// Output 0 like input 0.
  void same(std::size_t output = 0) { set(output, dims(0), in(0).type, in(0).batch_axis); }
  /// All inputs, as many as these at least, broadcast against one another. Throws NodeError when one is
  /// missing.
  void broadcast(ElementType type, std::size_t least);

 private:
  FlatGraph& graph_;
  const FlatNode& node_;
};

/// By axis: does a reduction go over it? Throws NodeError.
std::vector<bool> reduced_over(const Shaper&);

/// Finds the shapes of a node's outputs. Throws NodeError, also where the operator has no rule, WireError, or
/// std::out_of_range.
void infer_shapes(FlatGraph&, const FlatNode&);

// By family, in shape_*.cpp: nothing when the operator belongs to another one.
using ShapeRule = void (*)(Shaper&);
ShapeRule window_rule(std::string_view op);
ShapeRule layout_rule(std::string_view op);
ShapeRule product_rule(std::string_view op);
ShapeRule elementwise_rule(std::string_view op);

}  // namespace kiln::workload::onnx
