// SPDX-License-Identifier: MIT
// lstm and gru: the products with all inputs at once, then those with the state step by step.
#include "base/error.h"
#include "workload/layers/emission.h"
#include "workload/layers/kinds.h"

namespace kiln::workload {
namespace {

class RecurrentKind : public LayerKind {
 public:
  explicit RecurrentKind(CellKind cell) : cell_(cell) {}

  /// The states in front of the first step may be given: hidden state, lstm: and cell state.
  Arity arity(const LayerConfig&) const override { return {1, cell_ == CellKind::lstm ? 3 : 2}; }
  bool passes_error(std::size_t input) const override { return input == 0; }

  void infer(const Inference& at) const override {
    const Shape& in = at.input(0);
    const std::int64_t hidden = at.config.out;
    const std::string_view name = config::enum_name(at.layer.op);
    require(hidden > 0, "out", fmt::format("{} needs its hidden size", name));
    require(in.width() == 1, "from", fmt::format("{} reads a sequence (width 1), not {}", name, in.text()));
    const bool biases = at.config.bias.value_or(true);
    const int states = static_cast<int>(at.layer.inputs.size()) - 1;
    for (int i = 1; i <= states; ++i)
      require(at.input(static_cast<std::size_t>(i)).elements() == hidden, "from",
              fmt::format("a state of {}, {} values are needed", at.input(static_cast<std::size_t>(i)).text(),
                          hidden));
    const Recurrence recurrence{cell_, in.height(), in.channels(), hidden, at.config.reverse, biases, states};
    const std::int64_t gates = recurrence.gates();
    at.own(PartKind::weight, {gates, hidden, in.channels()});
    at.own(PartKind::recurrent_weight, {gates, hidden, hidden});
    if (biases) at.own(PartKind::bias, {gates, hidden});
    if (biases) at.own(PartKind::recurrent_bias, {gates, hidden});
    at.set_output(Shape::tokens(in.height(), hidden));
    at.layer.operation = recurrence;
  }

  bool needs_input(const Layer&, const TrainingPlan&, const LayerPlan& own, std::size_t) const override {
    return own.scope == Scope::full;
  }
  ChannelUse channels(const LayerConfig&) const override { return ChannelUse::taken; }
  bool is_weighted() const override { return true; }

  void forward(StepState& s, int index) const override {
    const Layer& layer = s.layer(index);
    LayerTensors& t = s.tensors[index];
    const Recurrence& recurrence = std::get<Recurrence>(layer.operation);
    const Shape gates = gates_of(layer);
    emit_fake_quantisation(s, index);
    const TensorId projected =
        s.tensor(index, ".projected", TensorClass::activation, gates, s.activation_bits(index));
    Op input = s.array_op(index, "input", Phase::forward, RecurrentInput{recurrence});
    input.read(Role::data, s.readable(layer.inputs[0]));
    read_weights(s, index, input);
    input.read(Role::trained, t.trained_part);
    input.write(Role::result, projected);
    s.add(std::move(input));

    Op step = s.array_op(index, "recurrent", Phase::forward, RecurrentStep{recurrence});
    step.actions.front().elements = s.elements(layer.out);
    step.read(Role::data, projected);
    for (std::size_t i = 1; i < layer.inputs.size(); ++i)
      step.read(Role::data, s.readable(layer.inputs[i]), static_cast<std::int32_t>(i));
    read_weights(s, index, step);
    write_output(s, index, step);
    if (s.keeps(index)) {
      t.gates = s.tensor(index, ".gates", TensorClass::saved, gates, s.saved_bits(index));
      t.cell = s.tensor(index, ".cell", TensorClass::saved, layer.out, s.saved_bits(index));
      step.write(Role::state, t.gates);
      step.write(Role::state, t.cell, 1);
    }
    s.add(std::move(step));
  }

  void backward(StepState& s, int index) const override {
    const Layer& layer = s.layer(index);
    const LayerTensors& t = s.tensors[index];
    const Recurrence& recurrence = std::get<Recurrence>(layer.operation);
    const Shape gates = gates_of(layer);
    const TensorId gate_error =
        s.tensor(index, ".gate_error", TensorClass::error, gates, s.error_bits(index));
    Op back =
        s.array_op(index, "recurrent_dgrad", Phase::dgrad, RecurrentStep{recurrence}, Derivative::input);
    back.actions.front().elements = s.elements(layer.out);
    read_errors(s, index, back);
    read_state(t, back);
    read_weights(s, index, back);
    back.write(Role::input_error, gate_error);
    s.add(std::move(back));
    if (s.plan.live(layer.inputs[0])) {
      Op op = s.array_op(index, "input_dgrad", Phase::dgrad, RecurrentInput{recurrence}, Derivative::input);
      op.read(Role::error, gate_error);
      read_weights(s, index, op);
      write_error(s, layer.inputs[0], op);
      s.add(std::move(op));
    }
    if (s.layer_plan(index).scope == Scope::bias) emit_sum_gradient(s, index, {gate_error});
    if (s.layer_plan(index).scope == Scope::full) emit_gradients(s, index, recurrence, gate_error);
  }

 private:
  static Shape gates_of(const Layer& layer) {
    return layer.out.with_channels(layer.out.channels() * std::get<Recurrence>(layer.operation).gates());
  }

  static void read_state(const LayerTensors& t, Op& op) {
    op.read(Role::state, t.gates);
    op.read(Role::state, t.cell, 1);  // hidden states follow from output gate and cell state
  }

  static void emit_gradients(StepState& s, int index, const Recurrence& recurrence, TensorId gate_error) {
    Op input =
        s.array_op(index, "input_wgrad", Phase::wgrad, RecurrentInput{recurrence}, Derivative::parameters);
    read_kept(s, index, 0, input);
    input.read(Role::error, gate_error);
    if (recurrence.biases) input.run(SumError{}, s.elements(gates_of(s.layer(index))));
    write_gradient(s, index, input);
    s.add(std::move(input));
    Op state =
        s.array_op(index, "recurrent_wgrad", Phase::wgrad, RecurrentStep{recurrence}, Derivative::parameters);
    read_state(s.tensors[index], state);
    if (s.layer(index).inputs.size() > 1) read_kept(s, index, 1, state);  // what the first step read
    state.read(Role::error, gate_error);
    write_gradient(s, index, state);
    s.add(std::move(state));
  }

  CellKind cell_;
};

}  // namespace

const LayerKind& recurrent_kind(CellKind cell) {
  static const RecurrentKind lstm(CellKind::lstm), gru(CellKind::gru);
  return cell == CellKind::lstm ? lstm : gru;
}

}  // namespace kiln::workload
