// SPDX-License-Identifier: MIT
// activation, softmax, and what combines several values element by element: add, sub, mul, div.
#include <algorithm>

#include "base/error.h"
#include "workload/layers/emission.h"
#include "workload/layers/kinds.h"

namespace kiln::workload {
namespace {

class ActivationKind : public LayerKind {
 public:
  void infer(const Inference& at) const override {
    require(at.layer.act != Activation::none, "act",
            "an activation layer needs its function, for example relu");
    at.set_output(at.input(0));
    at.layer.operation = Activate{at.layer.act};
  }
  ChannelUse channels(const LayerConfig&) const override { return ChannelUse::kept; }
  void forward(StepState& s, int index) const override {
    Op op = s.op(index, "forward", Phase::forward);
    read_inputs(s, index, op);
    finish_output(s, index, op);
    s.add(std::move(op));
  }
  void backward(StepState& s, int index) const override {
    s.outputs(index)[0].error = through_activation(s, index)[0];
    pass_error(s, index, s.layer(index).inputs[0]);
  }
};

class SoftmaxKind : public LayerKind {
 public:
  bool needs_output() const override { return true; }
  void infer(const Inference& at) const override {
    const Shape& in = at.input(0);
    at.set_output(in);
    at.layer.operation = Softmax{at.axis(in, in.channel_axis()), at.config.causal};
  }
  void forward(StepState& s, int index) const override {
    Op op = own_pass(s, index);
    write_output(s, index, op);
    s.add(std::move(op));
  }
  void backward(StepState& s, int index) const override {
    const Layer& layer = s.layer(index);
    if (!s.plan.live(layer.inputs[0])) return;
    Op op = error_pass(s, index);
    op.read(Role::result, s.outputs(index)[0].kept);
    write_error(s, layer.inputs[0], op);
    s.add(std::move(op));
  }
};

/// The shape of two values combined: extents of 1 are repeated, missing ones stand in front; a vector has one
/// value per channel. Nothing when they do not fit.
std::optional<Shape> combined(const Shape& a, const Shape& b) {
  if (a.lies_like(b)) return a;
  if (b.channels() == a.channels() && b.positions() == 1) return a;
  if (a.channels() == b.channels() && a.positions() == 1) return b;
  if (a.rank() < b.rank()) return combined(b, a);
  std::vector<std::int64_t> extents = a.extents();
  for (int i = 1; i <= b.rank(); ++i) {
    std::int64_t& extent = extents[extents.size() - static_cast<std::size_t>(i)];
    const std::int64_t other = b.extent(b.rank() - i);
    if (extent != other && extent != 1 && other != 1) return std::nullopt;
    extent = std::max(extent, other);
  }
  return Shape(std::move(extents), a.channel_axis());
}

class CombineLayer : public LayerKind {
 public:
  explicit CombineLayer(CombineKind kind) : kind_(kind) {}
  Arity arity(const LayerConfig& config) const override {
    if (!config.operand.empty() || config.value) return {1, 1};
    return {2, kind_ == CombineKind::add ? kAnyNumber : 2};
  }

  void infer(const Inference& at) const override {
    Shape out = at.input(0);
    for (std::size_t i = 1; i < at.layer.inputs.size(); ++i) {
      const std::optional<Shape> sum = combined(out, at.input(i));
      require(
          sum.has_value(), "from",
          fmt::format("shapes differ: {} and {}; equal extents, extents of 1 and one value per channel fit",
                      out.text(), at.input(i).text()));
      out = *sum;
    }
    Combine combine{kind_, static_cast<int>(at.layer.inputs.size())};
    if (!at.config.operand.empty()) out = with_operand(at, out);
    if (!at.config.operand.empty() || at.config.value) {
      require(at.config.operand.empty() || !at.config.value, "value",
              "either `operand` or `value` is given, not both");
      combine.inputs = 2;
      combine.second = at.config.value ? SecondOperand::fixed : SecondOperand::learned;
      combine.value = at.config.value.value_or(0);
    }
    at.set_output(out);
    at.layer.operation = combine;
  }
  bool needs_input(const Layer& layer, const TrainingPlan& plan, const LayerPlan& own,
                   std::size_t input) const override {
    if (layer.inputs.size() == 1) return scales() && own.scope == Scope::full;
    switch (kind_) {
      case CombineKind::add:
      case CombineKind::subtract:
        return false;
      case CombineKind::multiply:
        return plan.live(layer.inputs[1 - input]);  // each factor scales the other's error
      case CombineKind::divide:
        return input == 1 || plan.live(layer.inputs[1]);
    }
    return false;
  }

  void forward(StepState& s, int index) const override {
    Op op = own_pass(s, index);
    read_parameters(s, index, op);
    finish_output(s, index, op);
    s.add(std::move(op));
  }

  void backward(StepState& s, int index) const override {
    const Layer& layer = s.layer(index);
    s.outputs(index)[0].error = through_activation(s, index)[0];
    if (s.layer_plan(index).scope == Scope::full) emit_operand_gradient(s, index);
    for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
      const ValueRef& target = layer.inputs[i];
      if (!s.plan.live(target)) continue;
      const bool sign_stays = kind_ == CombineKind::add || (kind_ == CombineKind::subtract && i == 0);
      if (sign_stays && s.network.shape_of(target).lies_like(layer.out))
        pass_error(s, index, target);
      else
        emit_error(s, index, i);
    }
  }

 private:
  /// Does a derivative by one operand need the other?
  bool scales() const { return kind_ == CombineKind::multiply || kind_ == CombineKind::divide; }

  /// The result of a value and the layer's own operand, which the layer is given.
  static Shape with_operand(const Inference& at, const Shape& in) {
    const auto& extents = at.config.operand;
    const int shift = in.rank() - static_cast<int>(extents.size()),
              last = static_cast<int>(extents.size()) - 1;
    const int channels = in.channel_axis() - shift;
    const Shape operand({extents.begin(), extents.end()},
                        channels >= 0 && channels <= last ? channels : last);
    const std::optional<Shape> out = combined(in, operand);
    require(out.has_value(), "operand",
            fmt::format(
                "{} does not fit a value of {}; equal extents, extents of 1 and one value per channel fit",
                operand.text(), in.text()));
    at.own(PartKind::operand, extents);
    return *out;
  }

  /// Sums over samples and wherever the operand was repeated.
  void emit_operand_gradient(StepState& s, int index) const {
    const Layer& layer = s.layer(index);
    Op op = s.op(index, "wgrad", Phase::wgrad);
    op.run(layer.operation, s.elements(layer.out), Derivative::parameters);
    op.read(Role::error, s.outputs(index)[0].error);
    if (scales()) read_kept(s, index, 0, op);
    if (kind_ == CombineKind::divide) read_parameters(s, index, op);
    write_gradient(s, index, op);
    s.add(std::move(op));
  }

  void emit_error(StepState& s, int index, std::size_t input) const {
    const Layer& layer = s.layer(index);
    const std::string suffix = input == 0   ? "dgrad"
                               : input == 1 ? "dgrad_factor"
                                            : fmt::format("dgrad{}", input);
    Op op = s.op(index, suffix.c_str(), Phase::dgrad);
    const std::int64_t elements = s.elements(layer.out);
    const bool sums = kind_ == CombineKind::add;
    if (sums)
      op.run(RepeatError{}, elements);
    else
      op.run(layer.operation, elements, input == 0 ? Derivative::input : Derivative::second_input);
    op.read(Role::error, s.outputs(index)[0].error);
    if (layer.inputs.size() == 1 && scales()) read_parameters(s, index, op);
    if (layer.inputs.size() > 1) {
      if (kind_ == CombineKind::multiply) read_kept(s, index, 1 - input, op);
      if (kind_ == CombineKind::divide && input == 1) read_kept(s, index, 0, op);
      if (kind_ == CombineKind::divide) read_kept(s, index, 1, op);
    }
    write_error(s, layer.inputs[input], op, static_cast<std::int32_t>(input));
    s.add(std::move(op));
  }

  CombineKind kind_;
};

}  // namespace

const LayerKind& activation_kind() {
  static const ActivationKind kind;
  return kind;
}

const LayerKind& softmax_kind() {
  static const SoftmaxKind kind;
  return kind;
}

const LayerKind& combine_kind(CombineKind combine) {
  static const CombineLayer add(CombineKind::add), subtract(CombineKind::subtract),
      multiply(CombineKind::multiply), divide(CombineKind::divide);
  switch (combine) {
    case CombineKind::add:
      return add;
    case CombineKind::subtract:
      return subtract;
    case CombineKind::multiply:
      return multiply;
    case CombineKind::divide:
      return divide;
  }
  KILN_CHECK(false, "unknown combination {}", static_cast<int>(combine));
}

}  // namespace kiln::workload
