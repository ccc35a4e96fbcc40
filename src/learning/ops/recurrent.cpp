// SPDX-License-Identifier: MIT
// Recurrent layers: the products with the input of all steps at once, those with the state step after step.
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "learning/channel_loops.h"
#include "learning/kernels/product.h"
#include "learning/ops/execute.h"
#include "learning/ops/sigmoid.h"

namespace kiln::learning {

using workload::CellKind;
using workload::Derivative;
using workload::PartKind;
using workload::Role;

namespace {

/// Empty: there is none.
std::span<const float> bias_of(const workload::Recurrence& of, PartKind kind, OpRun& run) {
  return of.biases ? run.parameters(kind) : std::span<const float>();
}

/// `row` may be empty.
void add_rows(std::span<float> values, std::span<const float> row) {
  if (row.empty()) return;
  for (std::size_t i = 0; i < values.size(); ++i) values[i] += row[i % row.size()];
}

/// Extents of a recurrent layer on a worker's samples, and where steps of a sample lie. Steps are counted as
/// they are computed: the first is the last token's where it goes through a sequence from its end.
struct Extents {
  std::int64_t samples, steps, hidden, gates;
  bool reverse;
  std::int64_t gate_width() const { return gates * hidden; }
  std::int64_t gate_stride() const { return steps * gate_width(); }  ///< from sample to sample
  std::int64_t state_stride() const { return steps * hidden; }
  std::size_t state(std::int64_t s, std::int64_t t) const {
    return static_cast<std::size_t>((s * steps + token(t)) * hidden);
  }
  std::size_t gate(std::int64_t s, std::int64_t t) const {
    return static_cast<std::size_t>((s * steps + token(t)) * gate_width());
  }

  Extents(const workload::Recurrence& of, std::int64_t count)
      : samples(count), steps(of.steps), hidden(of.hidden), gates(of.gates()), reverse(of.reverse) {}

 private:
  std::int64_t token(std::int64_t t) const { return reverse ? steps - 1 - t : t; }
};

/// The hidden states of all steps from what was kept: a GRU keeps them, an LSTM its output gate and cell.
std::vector<float> hidden_states(const workload::Recurrence& of, const Extents& e,
                                 std::span<const float> gates, std::span<const float> cells) {
  std::vector<float> hidden(cells.begin(), cells.end());
  if (of.cell == CellKind::gru) return hidden;
  const auto h = static_cast<std::size_t>(e.hidden);
  for (std::size_t row = 0; row < hidden.size() / h; ++row)
    for (std::size_t i = 0; i < h; ++i)
      hidden[row * h + i] = gates[row * 4 * h + 3 * h + i] * std::tanh(cells[row * h + i]);
  return hidden;
}

/// products[s] = W h(t - 1) + bias, for all samples; zero states in front of the first step.
void recurrent_products(const Extents& e, std::int64_t t, std::span<const float> states,
                        std::span<const float> weights, std::span<const float> bias,
                        std::vector<float>& products) {
  products.assign(static_cast<std::size_t>(e.samples * e.gate_width()), 0.0f);
  if (t > 0)
    multiply(e.samples, e.gate_width(), e.hidden,
             {states.data() + e.state(0, t - 1), e.state_stride(), false}, {weights.data(), e.hidden, true},
             products.data(), e.gate_width());
  add_rows(products, bias);
}

struct ForwardState {
  std::span<const float> projected;
  std::span<float> states, gates, cells;
};

void lstm_step(const Extents& e, std::int64_t t, const std::vector<float>& products, const ForwardState& f) {
  const std::int64_t h = e.hidden;
  for (std::int64_t s = 0; s < e.samples; ++s)
    for (std::int64_t i = 0; i < h; ++i) {
      const auto pre = [&](std::int64_t gate) {
        return f.projected[e.gate(s, t) + gate * h + i] + products[s * e.gate_width() + gate * h + i];
      };
      const float in = sigmoid(pre(0)), forget = sigmoid(pre(1)), fresh = std::tanh(pre(2)),
                  out = sigmoid(pre(3));
      const float before = t > 0 ? f.cells[e.state(s, t - 1) + i] : 0.0f;
      const float cell = forget * before + in * fresh;
      f.cells[e.state(s, t) + i] = cell;
      f.states[e.state(s, t) + i] = out * std::tanh(cell);
      float* gates = f.gates.data() + e.gate(s, t) + i;
      gates[0] = in;
      gates[h] = forget;
      gates[2 * h] = fresh;
      gates[3 * h] = out;
    }
}

void gru_step(const Extents& e, std::int64_t t, const std::vector<float>& products, const ForwardState& f) {
  const std::int64_t h = e.hidden;
  for (std::int64_t s = 0; s < e.samples; ++s)
    for (std::int64_t i = 0; i < h; ++i) {
      const float* x = f.projected.data() + e.gate(s, t) + i;
      const float* q = products.data() + s * e.gate_width() + i;
      const float reset = sigmoid(x[0] + q[0]), keep = sigmoid(x[h] + q[h]),
                  fresh = std::tanh(x[2 * h] + reset * q[2 * h]);
      const float before = t > 0 ? f.states[e.state(s, t - 1) + i] : 0.0f;
      f.states[e.state(s, t) + i] = f.cells[e.state(s, t) + i] = (1 - keep) * fresh + keep * before;
      float* gates = f.gates.data() + e.gate(s, t) + i;
      gates[0] = reset;
      gates[h] = keep;
      gates[2 * h] = fresh;
    }
}

void run_steps(const workload::Recurrence& of, OpRun& run) {
  const Extents e(of, run.samples());
  const std::span<const float> weights = run.array_parameters(PartKind::recurrent_weight);
  const std::span<const float> bias = bias_of(of, PartKind::recurrent_bias, run);
  const bool keeps = run.writes(Role::state);
  std::vector<float> own_gates, own_cells, products;
  if (!keeps) {
    own_gates.resize(static_cast<std::size_t>(e.samples * e.gate_stride()));
    own_cells.resize(static_cast<std::size_t>(e.samples * e.state_stride()));
  }
  ForwardState f;
  f.projected = run.now();
  f.states = run.make(e.samples * e.state_stride());
  f.gates = keeps ? run.out(Role::state) : std::span<float>(own_gates);
  f.cells = keeps ? run.out(Role::state, 1) : std::span<float>(own_cells);
  for (std::int64_t t = 0; t < e.steps; ++t) {
    recurrent_products(e, t, f.states, weights, bias, products);
    of.cell == CellKind::lstm ? lstm_step(e, t, products, f) : gru_step(e, t, products, f);
  }
  run.take(f.states);
}

/// What goes back from step to step.
struct Carried {
  std::vector<float> state, cell;  ///< errors of the state and the cell of the step in front
};

void lstm_step_back(const Extents& e, std::int64_t t, std::span<const float> gates,
                    std::span<const float> cells, std::span<float> gate_error, Carried& carried) {
  const std::int64_t h = e.hidden;
  for (std::int64_t s = 0; s < e.samples; ++s)
    for (std::int64_t i = 0; i < h; ++i) {
      const float* g = gates.data() + e.gate(s, t) + i;
      const float in = g[0], forget = g[h], fresh = g[2 * h], out = g[3 * h];
      const float bent = std::tanh(cells[e.state(s, t) + i]);
      const float before = t > 0 ? cells[e.state(s, t - 1) + i] : 0.0f;
      const float error = carried.state[s * h + i];
      const float cell = carried.cell[s * h + i] + error * out * (1 - bent * bent);
      float* to = gate_error.data() + e.gate(s, t) + i;
      to[0] = cell * fresh * in * (1 - in);
      to[h] = cell * before * forget * (1 - forget);
      to[2 * h] = cell * in * (1 - fresh * fresh);
      to[3 * h] = error * bent * out * (1 - out);
      carried.cell[s * h + i] = cell * forget;
    }
}

/// `products`: W h(t - 1) + bias. Leaves in `recurrent` the errors of these products, and what the state in
/// front gets directly.
void gru_step_back(const Extents& e, std::int64_t t, std::span<const float> gates,
                   std::span<const float> states, const std::vector<float>& products,
                   std::span<float> gate_error, std::vector<float>& recurrent, Carried& carried) {
  const std::int64_t h = e.hidden;
  for (std::int64_t s = 0; s < e.samples; ++s)
    for (std::int64_t i = 0; i < h; ++i) {
      const float* g = gates.data() + e.gate(s, t) + i;
      const float reset = g[0], keep = g[h], fresh = g[2 * h];
      const float before = t > 0 ? states[e.state(s, t - 1) + i] : 0.0f;
      const float error = carried.state[s * h + i];
      const float inner = error * (1 - keep) * (1 - fresh * fresh);
      float* to = gate_error.data() + e.gate(s, t) + i;
      to[0] = inner * products[s * e.gate_width() + 2 * h + i] * reset * (1 - reset);
      to[h] = error * (before - fresh) * keep * (1 - keep);
      to[2 * h] = inner;
      float* back = recurrent.data() + s * e.gate_width() + i;
      back[0] = to[0];
      back[h] = to[h];
      back[2 * h] = inner * reset;
      carried.cell[s * h + i] = error * keep;
    }
}

void pass_steps(const workload::Recurrence& of, OpRun& run) {
  const Extents e(of, run.samples());
  const std::span<const float> weights = run.array_parameters(PartKind::recurrent_weight);
  const std::span<const float> gates = run.in(Role::state), cells = run.in(Role::state, 1), error = run.now();
  const std::span<float> gate_error = run.make(e.samples * e.gate_stride());
  const auto values = static_cast<std::size_t>(e.samples * e.hidden);
  Carried carried{std::vector<float>(values), std::vector<float>(values)};
  std::vector<float> from_behind(values), recurrent, products;
  for (std::int64_t t = e.steps; t-- > 0;) {
    for (std::int64_t s = 0; s < e.samples; ++s)
      for (std::int64_t i = 0; i < e.hidden; ++i)
        carried.state[s * e.hidden + i] = error[e.state(s, t) + i] + from_behind[s * e.hidden + i];
    if (of.cell == CellKind::lstm) {
      lstm_step_back(e, t, gates, cells, gate_error, carried);
      multiply(e.samples, e.hidden, e.gate_width(),
               {gate_error.data() + e.gate(0, t), e.gate_stride(), false}, {weights.data(), e.hidden, false},
               from_behind.data(), e.hidden);
      continue;
    }
    recurrent_products(e, t, cells, weights, bias_of(of, PartKind::recurrent_bias, run), products);
    recurrent.resize(products.size());
    gru_step_back(e, t, gates, cells, products, gate_error, recurrent, carried);
    from_behind = carried.cell;
    multiply(e.samples, e.hidden, e.gate_width(), {recurrent.data(), e.gate_width(), false},
             {weights.data(), e.hidden, false}, from_behind.data(), e.hidden, true);
  }
  run.take(gate_error);
}

void recurrent_gradient(const workload::Recurrence& of, OpRun& run) {
  const Extents e(of, run.samples());
  const std::span<const float> gates = run.in(Role::state), cells = run.in(Role::state, 1);
  std::vector<float> error(run.now().begin(), run.now().end());
  const std::int64_t h = e.hidden;
  if (of.cell == CellKind::gru)  // behind the reset gate
    for (std::size_t row = 0; row < error.size(); row += static_cast<std::size_t>(3 * h))
      for (std::int64_t i = 0; i < h; ++i) error[row + 2 * h + i] *= gates[row + i];
  const std::vector<float> states = hidden_states(of, e, gates, cells);
  std::vector<float> before(states.size(), 0.0f);
  for (std::int64_t s = 0; s < e.samples; ++s)
    for (std::int64_t t = 1; t < e.steps; ++t)
      std::copy_n(states.data() + e.state(s, t - 1), h, before.data() + e.state(s, t));
  const std::int64_t rows = e.samples * e.steps;
  if (const auto gradient = run.gradient(PartKind::recurrent_weight))
    multiply(e.gate_width(), h, rows, {error.data(), e.gate_width(), true}, {before.data(), h, false},
             gradient->data(), h, run.adds_to_gradient());
  if (const auto bias = run.gradient(PartKind::recurrent_bias)) {
    const std::vector<double> sums =
        channel_sums(error.size(), bias->size(), [&](std::size_t begin, std::size_t count, float* into) {
          for (std::size_t i = 0; i < count; ++i) into[i] += error[begin + i];
        });
    for (std::size_t i = 0; i < sums.size(); ++i)
      (*bias)[i] = (run.adds_to_gradient() ? (*bias)[i] : 0.0f) + static_cast<float>(sums[i]);
  }
}

}  // namespace

void execute(const workload::RecurrentInput& input, const Action& action, OpRun& run) {
  if (input.of.states > 0)
    throw base::ConfigError(
        {}, "from",
        fmt::format("{}: recurrences with given states are not executed on numbers", run.op().name));
  const std::int64_t rows = run.samples() * input.of.steps, in = input.of.in,
                     out = input.of.gates() * input.of.hidden;
  if (action.derivative == Derivative::parameters) {
    const auto gradient = run.gradient(PartKind::weight);
    KILN_CHECK(gradient.has_value(), "{} has no gradient of its weights", run.op().name);
    const std::span<const float> data = run.array_operand(run.input(Role::data), run.in(Role::data));
    return multiply(out, in, rows, {run.now().data(), out, true}, {data.data(), in, false}, gradient->data(),
                    in, run.adds_to_gradient());
  }
  const std::span<const float> weights = run.array_parameters(PartKind::weight);
  const bool back = action.derivative == Derivative::input;
  const std::span<float> result = run.make(rows * (back ? in : out));
  multiply(rows, back ? in : out, back ? out : in, {run.now().data(), back ? out : in, false},
           {weights.data(), in, !back}, result.data(), back ? in : out);
  if (!back) add_rows(result, bias_of(input.of, PartKind::bias, run));
  run.take(result);
}

void execute(const workload::RecurrentStep& step, const Action& action, OpRun& run) {
  if (action.derivative == Derivative::none) return run_steps(step.of, run);
  if (action.derivative == Derivative::input) return pass_steps(step.of, run);
  recurrent_gradient(step.of, run);
}

}  // namespace kiln::learning
