// SPDX-License-Identifier: MIT
// attention: scores and values as one layer, in blocks that stay on the tile (FlashAttention-2, Dao 2023);
// and what it shares with layers that keep their scores.
#include <cmath>

#include "base/error.h"
#include "workload/layers/emission.h"
#include "workload/layers/kinds.h"

namespace kiln::workload {

void require_sequence(const Shape& shape) {
  require(shape.width() == 1, "from", "attention reads sequences (width 1), not " + shape.text());
}

std::int64_t head_width(const Shape& shape, std::int64_t heads, const char* key) {
  require(shape.channels() % heads == 0, key,
          fmt::format("{} does not divide {} features", heads, shape.channels()));
  return shape.channels() / heads;
}

Heads infer_heads(const Inference& at, const Shape& queries, const Shape& keys) {
  require_sequence(queries);
  require_sequence(keys);
  const std::int64_t heads = at.config.heads, key_heads = at.config.kv_heads.value_or(at.config.heads);
  const std::int64_t width = head_width(queries, heads, "heads");
  require(heads % key_heads == 0, "kv_heads", fmt::format("{} does not divide heads: {}", key_heads, heads));
  require(head_width(keys, key_heads, "kv_heads") == width, "kv_heads",
          fmt::format("queries of {} with {} heads and keys of {} with {} differ in the width of a head",
                      queries.text(), heads, keys.text(), key_heads));
  return {heads, key_heads, width};
}

std::int64_t infer_window(const Inference& at, const Shape& queries, const Shape& keys) {
  if (!at.config.window) return 0;
  require(queries.height() == keys.height(), "window",
          fmt::format("counts tokens of one sequence, not keys of {} for queries of {} tokens", keys.height(),
                      queries.height()));
  return *at.config.window < keys.height() ? *at.config.window : 0;
}

namespace {

class TiledAttentionKind : public LayerKind {
 public:
  Arity arity(const LayerConfig&) const override { return {1, 3}; }
  bool reads_parts() const override { return true; }
  bool needs_output() const override { return true; }
  /// The backward pass forms the scores once more, from queries, keys and values.
  bool needs_input(const Layer&, const TrainingPlan&, const LayerPlan&, std::size_t) const override {
    return true;
  }

  void infer(const Inference& at) const override {
    choose_parts(at);
    const Shape &queries = at.input(0), &keys = at.input(1), &values = at.input(2);
    const Heads heads = infer_heads(at, queries, keys);
    require_sequence(values);
    require(values.height() == keys.height(), "from",
            fmt::format("{} keys and {} values", keys.height(), values.height()));
    TiledAttention attention;
    attention.queries = queries.height();
    attention.keys = keys.height();
    attention.heads = heads.heads;
    attention.key_heads = heads.key_heads;
    attention.width = heads.width;
    attention.value_width = head_width(values, heads.key_heads, "from");
    attention.scale = 1 / std::sqrt(static_cast<double>(heads.width));
    attention.causal = at.config.causal;
    attention.window = infer_window(at, queries, keys);
    at.set_output(Shape::tokens(queries.height(), attention.value_width * heads.heads));
    at.layer.operation = attention;
  }

  void forward(StepState& s, int index) const override {
    const TiledAttention& attention = operation(s, index);
    Op op = s.op(index, "forward", Phase::forward);
    op.run(attention, s.samples * attention.scores());
    read_inputs(s, index, op);
    write_output(s, index, op);
    if (s.keeps(index)) {
      TensorId& sums = s.tensors[static_cast<std::size_t>(index)].statistics;
      sums = row_tensor(s, index, ".log_sums", TensorClass::saved);
      op.write(Role::statistics, sums);
    }
    s.add(std::move(op));
  }

  void backward(StepState& s, int index) const override {
    const Layer& layer = s.layer(index);
    TiledAttention attention = operation(s, index);
    attention.query_error = s.plan.live(layer.inputs[0]);
    attention.key_error = s.plan.live(layer.inputs[1]);
    attention.value_error = s.plan.live(layer.inputs[2]);
    const TensorId products = attention.scores_error() ? emit_head_product(s, index, attention) : kNone;
    Op op = s.op(index, "dgrad", Phase::dgrad);
    op.run(attention, s.samples * attention.scores(), Derivative::input);
    for (std::size_t i = 0; i < layer.inputs.size(); ++i) read_kept(s, index, i, op);
    read_errors(s, index, op);
    op.read(Role::statistics, s.tensors[static_cast<std::size_t>(index)].statistics);
    op.read(Role::sums, products);
    for (std::size_t i = 0; i < layer.inputs.size(); ++i)
      if (s.plan.live(layer.inputs[i])) write_error(s, layer.inputs[i], op, static_cast<std::int32_t>(i));
    s.add(std::move(op));
  }

 private:
  static const TiledAttention& operation(const StepState& s, int index) {
    return std::get<TiledAttention>(s.layer(index).operation);
  }

  /// A number for each query and head.
  static TensorId row_tensor(StepState& s, int index, const char* suffix, TensorClass cls) {
    const TiledAttention& attention = operation(s, index);
    return s.tensor(index, suffix, cls, Shape::tokens(attention.queries, attention.heads),
                    bits_of(Precision::fp32));
  }

  static TensorId emit_head_product(StepState& s, int index, const TiledAttention& attention) {
    Op op = s.op(index, "error_products", Phase::dgrad);
    op.run(HeadProduct{attention.heads}, s.elements(s.layer(index).out));
    read_errors(s, index, op);
    op.read(Role::result, s.outputs(index)[0].kept);
    const TensorId products = row_tensor(s, index, ".error_products", TensorClass::error);
    op.write(Role::sums, products);
    s.add(std::move(op));
    return products;
  }

  /// One layer of three parts is read as its queries, keys and values.
  static void choose_parts(const Inference& at) {
    if (at.layer.inputs.size() == 3) {
      for (std::size_t i = 0; i < 3; ++i) at.require_whole(i);
      const std::vector<ValueRef>& read = at.layer.inputs;
      require(read[0] != read[1] && read[0] != read[2] && read[1] != read[2], "from",
              "queries, keys and values are different values; put linear layers in front, or use "
              "attention_scores and attention_values");
      return;
    }
    const Layer* source = at.layer.inputs.size() == 1 ? at.source(0) : nullptr;
    require(source != nullptr && source->outputs.size() == 3, "from",
            "attention reads a layer with `split: 3`, or [queries, keys, values]");
    const int projection = at.layer.inputs[0].layer;
    at.layer.inputs = {{projection, 0}, {projection, 1}, {projection, 2}};
  }
};

}  // namespace

const LayerKind& tiled_attention_kind() {
  static const TiledAttentionKind kind;
  return kind;
}

}  // namespace kiln::workload
