// SPDX-License-Identifier: MIT
// embedding, positions and rotary: rows that are looked up, places that are added or turned into a value.
#include "base/error.h"
#include "workload/layers/emission.h"
#include "workload/layers/kinds.h"
#include "workload/layers/single.h"

namespace kiln::workload {
namespace {

/// Forward: one pass that reads the table and its trained extra.
class TableKind : public LayerKind {
 public:
  void forward(StepState& s, int index) const override {
    Op op = own_pass(s, index);
    read_parameters(s, index, op);
    write_output(s, index, op);
    s.add(std::move(op));
  }
};

class EmbeddingKind : public TableKind {
 public:
  void infer(const Inference& at) const override {
    const Shape& in = at.input(0);
    require(at.config.entries > 0 && at.config.out > 0, "entries", "an embedding needs entries and out");
    require(in.channels() == 1 && in.width() == 1, "from",
            "an embedding reads one index per token, a value of 1 channel and width 1, not " + in.text());
    at.own(PartKind::weight, {at.config.entries, at.config.out});
    at.set_output(Shape::tokens(in.height(), at.config.out));
    at.layer.operation = LookUp{at.config.entries, at.config.out};
  }
  bool needs_input(const Layer&, const TrainingPlan&, const LayerPlan& own, std::size_t) const override {
    return own.scope == Scope::full || own.scope == Scope::lora;
  }
  void backward(StepState& s, int index) const override {
    const Layer& layer = s.layer(index);
    if (s.layer_plan(index).scope != Scope::full) return;
    Op op = s.op(index, "wgrad", Phase::wgrad);
    op.run(layer.operation, s.elements(layer.out), Derivative::parameters);
    read_kept(s, index, 0, op);
    read_errors(s, index, op);
    write_gradient(s, index, op);
    s.add(std::move(op));
  }
};

class PositionsKind : public TableKind {
 public:
  void infer(const Inference& at) const override {
    const Shape& in = at.input(0);
    const std::int64_t class_tokens = at.config.class_tokens;
    const std::int64_t tokens = in.positions() + class_tokens;
    const std::int64_t rows = at.config.entries > 0 ? at.config.entries : tokens;
    require(rows >= tokens, "entries", fmt::format("{} positions for {} tokens", rows, tokens));
    at.own(PartKind::weight, {rows, in.channels()});
    at.own(PartKind::class_token, {class_tokens, in.channels()});
    at.set_output(Shape::tokens(tokens, in.channels()));
    at.layer.operation = AddPositions{class_tokens};
  }
  void backward(StepState& s, int index) const override {
    if (s.layer_plan(index).scope == Scope::full) emit_sum_gradient(s, index, {s.outputs(index)[0].error});
    pass_error(s, index, s.layer(index).inputs[0]);  // the class token's row is simply not read
  }
};

class RotaryKind : public SingleKind {
 public:
  void infer(const Inference& at) const override {
    const Shape& in = at.input(0);
    require(in.width() == 1, "from", "rotary reads a sequence (width 1), not " + in.text());
    require(in.channels() % at.config.heads == 0, "heads",
            fmt::format("{} does not divide {} features", at.config.heads, in.channels()));
    const std::int64_t width = in.channels() / at.config.heads, turned = at.config.turned.value_or(width);
    require(turned % 2 == 0 && turned <= width, "turned",
            fmt::format("{} of the {} channels of a head; needed is an even number of them", turned, width));
    at.set_output(in);
    at.layer.operation = Rotate{width, turned};
  }
};

}  // namespace

const LayerKind& embedding_kind() {
  static const EmbeddingKind kind;
  return kind;
}

const LayerKind& positions_kind() {
  static const PositionsKind kind;
  return kind;
}

const LayerKind& rotary_kind() {
  static const RotaryKind kind;
  return kind;
}

}  // namespace kiln::workload
