// SPDX-License-Identifier: MIT
// attention_scores, attention_values and matmul.
#include <cmath>

#include "base/error.h"
#include "workload/layers/emission.h"
#include "workload/layers/kinds.h"

namespace kiln::workload {
namespace {

void emit_factor_error(StepState& s, int index, const char* suffix, Derivative derivative, TensorId left,
                       TensorId right, std::size_t input) {
  const Layer& layer = s.layer(index);
  const ValueRef& target = layer.inputs[input];
  if (!s.plan.live(target)) return;
  Op op = s.array_op(index, suffix, Phase::dgrad, layer.operation, derivative);
  const bool error_first = derivative == Derivative::input;
  op.read(error_first ? Role::error : Role::data, left);
  op.read(error_first ? Role::data : Role::error, right, error_first ? 1 : 0);
  write_error(s, target, op, static_cast<std::int32_t>(input));
  s.add(std::move(op));
}

/// The forward product; writes into `result` or, without one, the layer's output.
void emit_product(StepState& s, int index, TensorId result = kNone) {
  Op op = s.array_op(index, "forward", Phase::forward, s.layer(index).operation);
  read_inputs(s, index, op);
  if (result != kNone)
    op.write(Role::result, result);
  else
    write_output(s, index, op);
  s.add(std::move(op));
}

/// The errors of both factors, from the error of the product. The suffixes name the two operations.
void emit_product_backward(StepState& s, int index, TensorId error, const char* left_suffix,
                           const char* right_suffix) {
  const Layer& layer = s.layer(index);
  const TensorId left = s.value(layer.inputs[0]).kept, right = s.value(layer.inputs[1]).kept;
  emit_factor_error(s, index, left_suffix, Derivative::input, error, right, 0);
  emit_factor_error(s, index, right_suffix, Derivative::second_input, left, error, 1);
}

/// Both factors are needed to pass the error of the product on.
class ProductKind : public LayerKind {
 public:
  bool needs_input(const Layer&, const TrainingPlan&, const LayerPlan&, std::size_t) const override {
    return true;
  }
};

class ScoresKind : public ProductKind {
 public:
  Arity arity(const LayerConfig&) const override { return {1, 2}; }
  bool reads_parts() const override { return true; }
  bool needs_output() const override { return true; }

  void infer(const Inference& at) const override {
    choose_parts(at);
    const Shape &queries = at.input(0), &keys = at.input(1);
    const auto [heads, key_heads, width] = infer_heads(at, queries, keys);
    const std::int64_t window = infer_window(at, queries, keys), met = window > 0 ? window : keys.height();
    at.set_output({{heads, queries.height(), met}, 2});  // a row of scores per head and query
    MatrixProduct product{{queries.height(), met, width, heads}, key_heads, false, true};
    product.scale = 1 / std::sqrt(static_cast<double>(width));
    product.causal = at.config.causal;
    if (window > 0) product.band = Band::result;
    at.layer.operation = product;
  }

  void forward(StepState& s, int index) const override {
    const Layer& layer = s.layer(index);
    const TensorId scores =
        s.tensor(index, ".scores", TensorClass::activation, layer.out, s.activation_bits(index));
    emit_product(s, index, scores);
    Op softmax = s.op(index, "softmax", Phase::forward);
    softmax.run(softmax_of(layer), s.elements(layer.out));
    softmax.read(Role::data, scores);
    write_output(s, index, softmax);
    s.add(std::move(softmax));
  }

  void backward(StepState& s, int index) const override {
    const Layer& layer = s.layer(index);
    Op softmax = s.op(index, "softmax_backward", Phase::dgrad);
    softmax.run(softmax_of(layer), s.elements(layer.out), Derivative::input);
    read_errors(s, index, softmax);
    softmax.read(Role::result, s.outputs(index)[0].kept);
    const TensorId error =
        s.tensor(index, ".error_before_softmax", TensorClass::error, layer.out, s.error_bits(index));
    softmax.write(Role::input_error, error);
    s.add(std::move(softmax));
    emit_product_backward(s, index, error, "dgrad_q", "dgrad_k");
  }

 private:
  static Softmax softmax_of(const Layer& layer) {
    const MatrixProduct& scores = std::get<MatrixProduct>(layer.operation);
    return {2, scores.causal, scores.band != Band::none};
  }

  /// One layer of three parts is read as its queries and keys.
  static void choose_parts(const Inference& at) {
    if (at.layer.inputs.size() == 2) {
      at.require_whole(0);
      return at.require_whole(1);
    }
    const Layer* source = at.source(0);
    require(
        source != nullptr && source->outputs.size() == 3, "from",
        "attention reads queries, keys and values from a linear layer with `split: 3`, or [queries, keys]");
    const int projection = at.layer.inputs[0].layer;
    at.layer.inputs = {{projection, 0}, {projection, 1}};
  }
};

class ValuesKind : public ProductKind {
 public:
  Arity arity(const LayerConfig&) const override { return {2, 2}; }
  bool reads_parts() const override { return true; }

  void infer(const Inference& at) const override {
    const Layer* scores = at.source(0);
    require(scores != nullptr && scores->op == LayerOp::attention_scores, "from",
            "the first layer must be attention_scores");
    const Layer* values = at.source(1);
    const bool projection = values != nullptr && values->outputs.size() == 3;
    if (projection && at.config.from[1] == values->name)
      at.layer.inputs[1].output = 2;
    else
      at.require_whole(1);
    const MatrixProduct& product = std::get<MatrixProduct>(scores->operation);
    const Shape& in = at.input(1);
    require_sequence(in);
    const bool banded = product.band != Band::none;
    const std::int64_t keys = banded ? product.one.m : product.one.n;
    require(in.height() == keys, "from",
            fmt::format("queries look at {} tokens, and there are {} values", keys, in.height()));
    const std::int64_t width = head_width(in, product.b_products, "from"), heads = product.one.repeats;
    at.set_output(Shape::tokens(product.one.m, width * heads));
    MatrixProduct weighted{{product.one.m, width, product.one.n, heads}, product.b_products};
    if (banded) weighted.band = Band::factor;
    at.layer.operation = weighted;
  }

  void forward(StepState& s, int index) const override { emit_product(s, index); }
  void backward(StepState& s, int index) const override {
    emit_product_backward(s, index, s.outputs(index)[0].error, "dgrad_scores", "dgrad_v");
  }
};

/// Over the last two axes; the axes in front of them are independent products.
class MatmulKind : public ProductKind {
 public:
  Arity arity(const LayerConfig&) const override { return {2, 2}; }

  void infer(const Inference& at) const override {
    const Shape &a = at.input(0), &b = at.input(1);
    require(a.rank() >= 2 && b.rank() >= 2, "from",
            fmt::format("matmul needs two axes of each factor, found {} and {}", a.text(), b.text()));
    const bool turn_a = at.config.transpose_a, turn_b = at.config.transpose_b;
    const auto axis = [](const Shape& shape, bool last) {
      return shape.extent(shape.rank() - (last ? 1 : 2));
    };
    const std::int64_t m = axis(a, turn_a), k = axis(a, !turn_a);
    const std::int64_t n = axis(b, !turn_b), b_k = axis(b, turn_b);
    require(
        k == b_k, "from",
        fmt::format("factors of {} and {} do not fit: {} columns and {} rows", a.text(), b.text(), k, b_k));
    std::vector<std::int64_t> extents(a.extents().begin(), a.extents().end() - 2);
    const std::vector<std::int64_t> leading(b.extents().begin(), b.extents().end() - 2);
    require(leading.empty() || leading == extents, "from",
            fmt::format("the axes in front of the product differ: {} and {}", a.text(), b.text()));
    std::int64_t products = 1;
    for (const std::int64_t extent : extents) products *= extent;
    extents.insert(extents.end(), {m, n});
    const int last = static_cast<int>(extents.size()) - 1;
    at.set_output({std::move(extents), last});
    at.layer.operation =
        MatrixProduct{{m, n, k, products}, leading.empty() ? 1 : products, turn_a, turn_b, 1};
  }

  void forward(StepState& s, int index) const override { emit_product(s, index); }
  void backward(StepState& s, int index) const override {
    emit_product_backward(s, index, s.outputs(index)[0].error, "dgrad", "dgrad_factor");
  }
};

}  // namespace

const LayerKind& attention_scores_kind() {
  static const ScoresKind kind;
  return kind;
}

const LayerKind& attention_values_kind() {
  static const ValuesKind kind;
  return kind;
}

const LayerKind& matmul_kind() {
  static const MatmulKind kind;
  return kind;
}

}  // namespace kiln::workload
