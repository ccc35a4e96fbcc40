// SPDX-License-Identifier: MIT
// Mixtures of experts (Shazeer et al. 2017; Fedus et al. 2022): the experts of each token, its rows sorted by
// expert, a linear layer of each expert on its rows as one operation (MegaBlocks, Gale et al. 2023), the rows
// of each token weighted and summed.
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "workload/expert_balance.h"
#include "workload/layers/emission.h"
#include "workload/layers/kinds.h"
#include "workload/layers/weighted.h"

namespace kiln::workload {
namespace {

void require_tokens(const Shape& shape) {
  require(shape.width() == 1, "from", "experts read a sequence (width 1), not " + shape.text());
}

class TopKKind : public LayerKind {
 public:
  void infer(const Inference& at) const override {
    const Shape& scores = at.input(0);
    require_tokens(scores);
    const std::int64_t experts = scores.channels(), top = at.config.top;
    require(top <= experts, "top", fmt::format("{} of {} experts", top, experts));
    at.set_output(Shape::tokens(scores.height(), top));
    TopK choice{top, at.config.renormalise, rows_by_expert(scores.height(), experts, top, at.config.skew)};
    if (at.config.capacity_factor)
      choice.capacity = expert_capacity(*at.config.capacity_factor, scores.height(), experts, top);
    at.layer.operation = std::move(choice);
  }
  /// The sum of the scores that were chosen.
  bool needs_input(const Layer& layer, const TrainingPlan&, const LayerPlan&, std::size_t) const override {
    return std::get<TopK>(layer.operation).normalised;
  }
  bool needs_output() const override { return true; }

  void forward(StepState& s, int index) const override {
    const Layer& layer = s.layer(index);
    Op op = s.op(index, "forward", Phase::forward);
    op.run(layer.operation, s.elements(layer.in));
    read_inputs(s, index, op);
    write_output(s, index, op);
    const auto experts = static_cast<double>(std::get<TopK>(layer.operation).experts());
    TensorId& routing = s.tensors[static_cast<std::size_t>(index)].routing;
    routing = s.tensor(index, ".experts", is_kept(s, index) ? TensorClass::saved : TensorClass::activation,
                       layer.out, std::max(1.0, std::ceil(std::log2(experts))), ElementKind::index);
    op.write(Role::index, routing);
    s.add(std::move(op));
  }

  void backward(StepState& s, int index) const override {
    const Layer& layer = s.layer(index);
    if (!s.plan.live(layer.inputs[0])) return;
    Op op = s.op(index, "dgrad", Phase::dgrad);
    op.run(layer.operation, s.elements(layer.in), Derivative::input);
    read_errors(s, index, op);
    if (std::get<TopK>(layer.operation).normalised) {
      read_kept(s, index, 0, op);
      op.read(Role::result, s.outputs(index)[0].kept);
    }
    op.read(Role::index, s.tensors[static_cast<std::size_t>(index)].routing);
    write_error(s, layer.inputs[0], op);
    s.add(std::move(op));
  }

 private:
  /// Does a backward pass ask which experts were chosen?
  static bool is_kept(const StepState& s, int index) {
    const std::vector<Layer>& layers = s.network.layers;
    for (int i = index; i < static_cast<int>(layers.size()); ++i)
      if ((i == index || layers[static_cast<std::size_t>(i)].routed_by == index) && s.keeps(i)) return true;
    return false;
  }
};

/// What a layer chooses; null where it is no top_k layer or the network's input.
const TopK* choice_of(const Inference& at, int layer) {
  return layer < 0 ? nullptr
                   : std::get_if<TopK>(&at.network.layers[static_cast<std::size_t>(layer)].operation);
}

/// Finds the layer that `routing` names. Throws Misfit.
const TopK& find_routing(const Inference& at) {
  require(!at.config.routing.empty(), "routing", "needs the name of a top_k layer");
  const int router = at.find(at.config.routing, "routing").layer;
  const TopK* routing = choice_of(at, router);
  require(routing != nullptr, "routing", fmt::format("'{}' is no top_k layer", at.config.routing));
  at.layer.routed_by = router;
  return *routing;
}

/// Tokens of a sample whose experts the found layer chooses.
std::int64_t routed_tokens(const Inference& at) {
  return at.network.layers[static_cast<std::size_t>(at.layer.routed_by)].out.height();
}

/// Finds it for a value with the rows of all experts. Throws Misfit.
const TopK& find_routing_of(const Inference& at, const Shape& rows) {
  require_tokens(rows);
  const TopK& routing = find_routing(at);
  require(rows.height() == routing.rows_behind(), "from",
          fmt::format("'{}' sends {} rows to its experts, not {}; read a moe_dispatch", at.config.routing,
                      routing.rows_behind(), rows.height()));
  return routing;
}

class DispatchKind : public LayerKind {
 public:
  void infer(const Inference& at) const override {
    const Shape& in = at.input(0);
    require_tokens(in);
    const TopK& routing = find_routing(at);
    require(in.height() == routed_tokens(at), "routing",
            fmt::format("'{}' chooses experts of {} tokens, not of {}", at.config.routing, routed_tokens(at),
                        in.height()));
    at.set_output(Shape::tokens(routing.rows_behind(), in.channels()));
    at.layer.operation = Dispatch{routing.top, routing.experts(), routing.capacity};
  }
  void forward(StepState& s, int index) const override {
    Op op = own_pass(s, index);
    read_routing(s, index, op);
    write_output(s, index, op);
    s.add(std::move(op));
  }
  void backward(StepState& s, int index) const override {
    const Layer& layer = s.layer(index);
    if (!s.plan.live(layer.inputs[0])) return;
    Op op = error_pass(s, index);
    read_routing(s, index, op);
    write_error(s, layer.inputs[0], op);
    s.add(std::move(op));
  }
};

class ExpertsKind : public WeightedKind {
 public:
  void infer(const Inference& at) const override {
    const Shape& in = at.input(0);
    require(at.config.out > 0, "out", "experts need their number of outputs");
    const TopK& routing = find_routing_of(at, in);
    at.own(PartKind::weight, {routing.experts(), at.config.out, in.channels()});
    at.set_output(in.with_channels(at.config.out));
    std::vector<std::int64_t> rows = routing.rows;
    if (routing.capacity > 0) std::fill(rows.begin(), rows.end(), routing.capacity);
    at.layer.operation = ExpertProduct{in.channels(), at.config.out, std::move(rows), routing.capacity};
  }
  bool has_matrices(const Layer&) const override { return true; }
  bool takes_norm() const override { return false; }
};

class ExpertSumKind : public LayerKind {
 public:
  Arity arity(const LayerConfig&) const override { return {2, 2}; }
  void infer(const Inference& at) const override {
    const Shape& rows = at.input(0);
    const TopK& routing = find_routing_of(at, rows);
    require(at.layer.inputs[1] == ValueRef{at.layer.routed_by, 0}, "from",
            fmt::format("reads [rows, weights], and the weights are those of '{}'", at.config.routing));
    at.set_output(Shape::tokens(routed_tokens(at), rows.channels()));
    at.layer.operation = CombineExperts{routing.top, routing.experts(), routing.capacity};
  }
  /// Rows are multiplied by weights, and the other way round.
  bool needs_input(const Layer& layer, const TrainingPlan& plan, const LayerPlan&,
                   std::size_t input) const override {
    return plan.live(layer.inputs[1 - input]);
  }
  void forward(StepState& s, int index) const override {
    const Layer& layer = s.layer(index);
    Op op = s.op(index, "forward", Phase::forward);
    op.run(layer.operation, s.elements(layer.in));
    read_inputs(s, index, op);
    read_routing(s, index, op);
    write_output(s, index, op);
    s.add(std::move(op));
  }
  void backward(StepState& s, int index) const override {
    emit(s, index, "dgrad_rows", Derivative::input, 0);
    emit(s, index, "dgrad_weights", Derivative::second_input, 1);
  }

 private:
  static void emit(StepState& s, int index, const char* suffix, Derivative derivative, std::size_t input) {
    const Layer& layer = s.layer(index);
    if (!s.plan.live(layer.inputs[input])) return;
    Op op = s.op(index, suffix, Phase::dgrad);
    op.run(layer.operation, s.elements(layer.in), derivative);
    read_errors(s, index, op);
    read_kept(s, index, 1 - input, op);
    read_routing(s, index, op);
    write_error(s, layer.inputs[input], op, static_cast<std::int32_t>(input));
    s.add(std::move(op));
  }
};

}  // namespace

const LayerKind& top_k_kind() {
  static const TopKKind kind;
  return kind;
}

const LayerKind& moe_dispatch_kind() {
  static const DispatchKind kind;
  return kind;
}

const LayerKind& moe_experts_kind() {
  static const ExpertsKind kind;
  return kind;
}

const LayerKind& moe_combine_kind() {
  static const ExpertSumKind kind;
  return kind;
}

}  // namespace kiln::workload
