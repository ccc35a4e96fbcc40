// SPDX-License-Identifier: MIT
// The step graph says enough to be executed: a small interpreter that knows nothing of networks runs a step
// on numbers from actions, operands and parts alone, and its gradients equal differences of the loss.
#include <algorithm>
#include <cmath>
#include <map>

#include "support/catch.h"
#include "unit/workload/networks.h"

using namespace kiln;
using namespace kiln::workload;

namespace {

using Numbers = std::vector<double>;

/// Values of every tensor in the order of memory: samples, positions, channels.
class Interpreter {
 public:
  Interpreter(const StepGraph& graph, std::map<std::string, Numbers> given) : graph_(graph) {
    values_.resize(graph.tensors.size());
    for (const Tensor& tensor : graph.tensors) {
      Numbers& values = values_[tensor.id];
      values.assign(static_cast<std::size_t>(tensor.elements()), 0.0);
      if (const auto found = given.find(tensor.name); found != given.end()) values = found->second;
    }
    for (const Op& op : graph.ops) run(op);
  }

  double loss() const { return loss_; }
  const Numbers& value(const std::string& name) const { return values_[find_tensor(graph_, name).id]; }

 private:
  void run(const Op& op) {
    op_ = &op;
    now_.clear();
    gradient_.clear();
    bool first = true;
    for (const Action& action : op.actions) {
      derivative_ = action.derivative;
      if (first) now_ = has(Role::error) ? in(Role::error) : has(Role::data) ? in(Role::data) : Numbers{};
      first = false;
      std::visit([&](const auto& operation) { execute(operation); }, action.operation);
    }
    for (const Operand& output : op.outputs) {
      if (output.role == Role::result || output.role == Role::input_error) values_[output.tensor] = now_;
      if (output.role == Role::gradient && op.phase == Phase::wgrad) write_gradient(output.tensor);
    }
  }

  bool has(Role role) const { return id(op_->inputs, role, 0) != kNone; }
  static TensorId id(const std::vector<Operand>& operands, Role role, std::int32_t number) {
    for (const Operand& operand : operands)
      if (operand.role == role && operand.number == number) return operand.tensor;
    return kNone;
  }
  const Numbers& in(Role role, std::int32_t number = 0) const {
    const TensorId tensor = id(op_->inputs, role, number);
    REQUIRE(tensor != kNone);
    return values_[tensor];
  }
  Numbers& out(Role role) {
    const TensorId tensor = id(op_->outputs, role, 0);
    REQUIRE(tensor != kNone);
    return values_[tensor];
  }
  Numbers part(Role role, PartKind kind) const {
    const TensorId tensor = id(op_->inputs, role, 0);
    REQUIRE(tensor != kNone);
    for (const Part& part : graph_.tensors[tensor].parts)
      if (part.kind == kind)
        return {values_[tensor].begin() + part.offset,
                values_[tensor].begin() + part.offset + part.elements()};
    FAIL("no such part");
    return {};
  }
  void write_gradient(TensorId tensor) {
    const bool adds = id(op_->inputs, Role::gradient, 0) != kNone;
    for (const Part& part : graph_.tensors[tensor].parts) {
      REQUIRE(gradient_.count(part.kind) == 1);
      for (std::int64_t i = 0; i < part.elements(); ++i) {
        double& value = values_[tensor][part.offset + i];
        value = (adds ? value : 0) + gradient_[part.kind][i];
      }
    }
  }

  /// Calls visit(output, input, weight) with the places of all products of a convolution.
  template <class Visit>
  void products(const Convolution& c, const Visit& visit) const {
    const ConvShape& w = c.window;
    const int group_in = w.in_channels / c.groups, group_out = w.out_channels / c.groups;
    for (int n = 0; n < graph_.batch; ++n)
      for (int oy = 0; oy < w.out_h; ++oy)
        for (int ox = 0; ox < w.out_w; ++ox)
          for (int o = 0; o < w.out_channels; ++o)
            for (int ky = 0; ky < w.kernel_h; ++ky)
              for (int kx = 0; kx < w.kernel_w; ++kx)
                for (int i = 0; i < group_in; ++i) {
                  const int y = oy * w.stride_h - w.pad_top + ky * w.dilation_h;
                  const int x = ox * w.stride_w - w.pad_left + kx * w.dilation_w;
                  if (y < 0 || x < 0 || y >= w.in_h || x >= w.in_w) continue;
                  const int channel = o / group_out * group_in + i;
                  visit(((n * w.out_h + oy) * w.out_w + ox) * w.out_channels + o,
                        ((n * w.in_h + y) * w.in_w + x) * w.in_channels + channel,
                        ((o * group_in + i) * w.kernel_h + ky) * w.kernel_w + kx);
                }
  }
  template <class Visit>
  void products(const Dense& d, const Visit& visit) const {
    for (std::int64_t row = 0; row < graph_.batch * d.positions; ++row)
      for (std::int64_t o = 0; o < d.out; ++o)
        for (std::int64_t i = 0; i < d.in; ++i) visit(row * d.out + o, row * d.in + i, o * d.in + i);
  }
  template <class Swapped, class Visit>
  void products(const Swapped& swapped, const Visit& visit) const {
    swapped(visit);
  }
  template <class Product>
  void multiply(const Product& product, std::int64_t outputs, std::int64_t inputs) {
    if (derivative_ == Derivative::parameters) {
      const Numbers x = in(Role::data), error = now_;
      Numbers& weight = gradient_[PartKind::weight];
      weight.assign(static_cast<std::size_t>(lanes_of_weights_), 0);
      products(product,
               [&](std::int64_t o, std::int64_t i, std::int64_t w) { weight[w] += error[o] * x[i]; });
      if (has(Role::sums)) {
        gradient_[PartKind::scale] = part(Role::sums, PartKind::scale);
        gradient_[PartKind::shift] = part(Role::sums, PartKind::shift);
      }
      return;
    }
    const Numbers weight = part(Role::parameters, PartKind::weight), from = now_;
    const bool back = derivative_ == Derivative::input;
    now_.assign(static_cast<std::size_t>(graph_.batch * (back ? inputs : outputs)), 0);
    products(product, [&](std::int64_t o, std::int64_t i, std::int64_t w) {
      if (back)
        now_[i] += from[o] * weight[w];
      else
        now_[o] += from[i] * weight[w];
    });
  }

  void execute(const Convolution& c) {
    const ConvShape& w = c.window;
    lanes_of_weights_ = w.out_channels * (w.in_channels / c.groups) * w.positions();
    multiply(c, w.out_positions() * w.out_channels, std::int64_t{w.in_h} * w.in_w * w.in_channels);
  }
  /// The convolution from the result to the input, the other way round: there its input is our output.
  void execute(const TransposedConvolution& t) {
    const ConvShape& w = t.window;
    const Convolution back{w, t.groups, false};
    lanes_of_weights_ = w.out_channels * (w.in_channels / t.groups) * w.positions();
    const auto swapped = [&](const auto& visit) {
      products(back, [&](std::int64_t o, std::int64_t i, std::int64_t weight) { visit(i, o, weight); });
    };
    multiply(swapped, std::int64_t{w.in_h} * w.in_w * w.in_channels, w.out_positions() * w.out_channels);
  }
  void execute(const Dense& d) {
    lanes_of_weights_ = d.in * d.out;
    multiply(d, d.positions * d.out, d.positions * d.in);
  }
  void execute(const AddBias&) {
    const Numbers bias = part(Role::parameters, PartKind::bias);
    for (std::size_t i = 0; i < now_.size(); ++i) now_[i] += bias[i % bias.size()];
  }
  void execute(const SumError&) {
    Numbers& bias = gradient_[PartKind::bias];
    bias.assign(static_cast<std::size_t>(graph_.tensors[id(op_->inputs, Role::error, 0)].shape.channels()),
                0);
    for (std::size_t i = 0; i < now_.size(); ++i) bias[i % bias.size()] += now_[i];
  }
  void execute(const Accumulate&) {
    for (std::size_t i = 0; i < now_.size(); ++i) now_[i] += in(Role::addend)[i];
  }
  void execute(const AddToGradient&) {}

  void execute(const BatchStatistics& norm) {
    Numbers& statistics = out(Role::statistics);
    const std::size_t channels = statistics.size() / 4;
    const double count = static_cast<double>(now_.size() / channels);
    const Numbers scale = part(Role::parameters, PartKind::scale),
                  shift = part(Role::parameters, PartKind::shift);
    for (std::size_t c = 0; c < channels; ++c) {
      double mean = 0, variance = 0;
      for (std::size_t i = c; i < now_.size(); i += channels) mean += now_[i] / count;
      for (std::size_t i = c; i < now_.size(); i += channels)
        variance += (now_[i] - mean) * (now_[i] - mean) / count;
      statistics[c] = mean;
      statistics[channels + c] = std::sqrt(variance + norm.epsilon);
      statistics[2 * channels + c] = scale[c];
      statistics[3 * channels + c] = shift[c];
    }
  }
  double normalised(std::size_t i, double value) const {
    const Numbers& s = in(Role::statistics);
    const std::size_t channels = s.size() / 4, c = i % channels;
    return (value - s[c]) / s[channels + c];
  }
  void execute(const ScaleShift&) {
    const Numbers& s = in(Role::statistics);
    const std::size_t channels = s.size() / 4;
    for (std::size_t i = 0; i < now_.size(); ++i)
      now_[i] = normalised(i, now_[i]) * s[2 * channels + i % channels] + s[3 * channels + i % channels];
  }
  void execute(const Normalise&) {
    const Numbers& s = in(Role::statistics);
    const Numbers& x = in(Role::data);
    const std::size_t channels = s.size() / 4;
    if (derivative_ == Derivative::statistics) {
      Numbers& sums = out(Role::sums);  // scale, then shift
      sums.assign(2 * channels, 0);
      for (std::size_t i = 0; i < now_.size(); ++i) {
        sums[i % channels] += now_[i] * normalised(i, x[i]);
        sums[channels + i % channels] += now_[i];
      }
      return;
    }
    const Numbers scale = part(Role::sums, PartKind::scale), shift = part(Role::sums, PartKind::shift);
    const double count = static_cast<double>(now_.size() / channels);
    for (std::size_t i = 0; i < now_.size(); ++i) {
      const std::size_t c = i % channels;
      now_[i] = s[2 * channels + c] / s[channels + c] *
                (now_[i] - shift[c] / count - normalised(i, x[i]) * scale[c] / count);
    }
  }
  void execute(const Activate& a) {
    REQUIRE(a.function == Activation::relu);
    if (derivative_ == Derivative::none) {
      const TensorId mask = id(op_->outputs, Role::mask, 0);  // none where the pass keeps nothing
      for (std::size_t i = 0; mask != kNone && i < now_.size(); ++i) values_[mask][i] = now_[i] > 0;
      for (double& value : now_) value = std::max(0.0, value);
    } else {
      for (std::size_t i = 0; i < now_.size(); ++i) now_[i] *= in(Role::mask)[i];
    }
  }
  void execute(const Combine& c) {
    if (c.second != SecondOperand::input) return combine_own(c);
    REQUIRE(c.kind == CombineKind::add);
    for (int k = 1; k < c.inputs; ++k)
      for (std::size_t i = 0; i < now_.size(); ++i) now_[i] += in(Role::data, k)[i];
  }
  /// With a number, or with the layer's own values, one per channel.
  void combine_own(const Combine& c) {
    const bool learned = c.second == SecondOperand::learned;
    const bool times = c.kind == CombineKind::multiply;
    if (derivative_ == Derivative::parameters) {
      const Numbers ones(now_.size(), 1);
      const Numbers& x = times ? in(Role::data) : ones;
      Numbers& operand = gradient_[PartKind::operand];
      operand.assign(
          static_cast<std::size_t>(graph_.tensors[id(op_->inputs, Role::error, 0)].shape.channels()), 0);
      for (std::size_t i = 0; i < now_.size(); ++i) operand[i % operand.size()] += now_[i] * x[i];
      return;
    }
    const Numbers own = learned ? part(Role::parameters, PartKind::operand) : Numbers{c.value};
    for (std::size_t i = 0; i < now_.size(); ++i) {
      const double other = own[i % own.size()];
      now_[i] = times ? now_[i] * other : derivative_ == Derivative::none ? now_[i] + other : now_[i];
    }
  }
  /// Nearest: row y of the result is row y * in / out of the input.
  void execute(const Resize& r) {
    REQUIRE(r.interpolation == Interpolation::nearest);
    const bool back = derivative_ == Derivative::input;
    const Numbers from = now_;
    const std::int64_t places = graph_.batch * (back ? r.in_h * r.in_w : r.out_h * r.out_w);
    const auto channels = static_cast<std::int64_t>(from.size()) /
                          (graph_.batch * (back ? r.out_h * r.out_w : r.in_h * r.in_w));
    now_.assign(static_cast<std::size_t>(places * channels), 0);
    for (std::int64_t n = 0; n < graph_.batch; ++n)
      for (std::int64_t y = 0; y < r.out_h; ++y)
        for (std::int64_t x = 0; x < r.out_w; ++x)
          for (std::int64_t c = 0; c < channels; ++c) {
            const std::int64_t big = ((n * r.out_h + y) * r.out_w + x) * channels + c;
            const std::int64_t small =
                ((n * r.in_h + y * r.in_h / r.out_h) * r.in_w + x * r.in_w / r.out_w) * channels + c;
            (back ? now_[small] : now_[big]) += from[back ? big : small];
          }
  }
  void execute(const Pool& pool) {
    REQUIRE(pool.kind == PoolKind::average);
    Convolution window{pool.window, pool.window.in_channels, true};
    const Numbers from = now_;
    const bool back = derivative_ == Derivative::input;
    const std::int64_t size =
        back ? std::int64_t{pool.window.in_h} * pool.window.in_w : pool.window.out_positions();
    now_.assign(static_cast<std::size_t>(graph_.batch * size * pool.window.in_channels), 0);
    const double share = 1.0 / static_cast<double>(pool.window.positions());
    products(window,
             [&](int o, int i, int) { (back ? now_[i] : now_[o]) += share * (back ? from[o] : from[i]); });
  }
  void execute(const Loss&) {  // half the sum of squares: its error is the output itself
    for (const double value : now_) loss_ += value * value / 2;
  }
  void execute(const Encode&) {}
  void execute(const Reduce&) {}
  void execute(const Update&) {}
  template <class Other>
  void execute(const Other&) {
    FAIL("the test network has no " << name_of(Operation(Other{})));
  }

  const StepGraph& graph_;
  const Op* op_ = nullptr;
  Derivative derivative_ = Derivative::none;
  std::vector<Numbers> values_;
  Numbers now_;                           ///< what the actions of an operation hand on
  std::map<PartKind, Numbers> gradient_;  ///< what they found of it
  std::int64_t lanes_of_weights_ = 0;
  double loss_ = 0;
};

Numbers some_numbers(std::int64_t count, int seed) {
  Numbers numbers;
  for (std::int64_t i = 0; i < count; ++i)
    numbers.push_back(std::sin(1.7 * static_cast<double>(i + 1) + seed));
  return numbers;
}

}  // namespace

TEST_CASE("a step executed from its actions alone has the gradients of its loss") {
  NetworkConfig network = parse(R"(
  - {name: a, op: conv, out: 4, kernel: 3, stride: 2, padding: [0, 1, 2, 1], norm: batch, act: relu}
  - {name: b, op: conv, out: 4, kernel: 3, dilation: 2, groups: 2, norm: batch, bias: true}
  - {name: c, op: depthwise, kernel: 3, from: [a]}
  - {name: sum, op: add, from: [b, a, c], act: relu}
  - {name: scaled, op: mul, operand: [4, 1, 1]}
  - {name: moved, op: add, operand: [4, 1, 1]}
  - {name: half, op: mul, value: 0.5, act: relu}
  - {name: up, op: conv_transpose, out: 4, kernel: 3, stride: 2, padding: [0, 1, 1, 1], groups: 2, output_padding: [1, 0], bias: true}
  - {name: large, op: resize, size: [10, 7]}
  - {name: p, op: average_pool, kernel: 2, padding: valid}
  - {name: flat, op: flatten}
  - {name: fc, op: linear, out: 5, act: relu}
  - {name: z, op: linear, out: 3}
)",
                                "{channels: 2, height: 7, width: 6}");
  network.outputs = {"half", "z"};
  TrainingConfig training;
  training.batch = 3;
  const Precision fp32 = Precision::fp32;
  training.precision = {fp32, fp32, fp32, fp32, fp32, fp32, fp32, fp32, fp32};
  for (const RecomputeMode mode : {RecomputeMode::none, RecomputeMode::sqrt}) {
    training.recompute.mode = mode;
    const StepGraph graph = build_step(network, training);
    std::map<std::string, Numbers> given;
    for (const Tensor& tensor : graph.tensors)
      if (tensor.cls == TensorClass::weight || tensor.cls == TensorClass::input)
        given[tensor.name] = some_numbers(tensor.elements(), tensor.id);
    const Interpreter step(graph, given);
    CHECK(step.loss() > 0);
    for (const std::string layer : {"a", "b", "c", "scaled", "moved", "up", "fc", "z"}) {
      const Numbers& gradient = step.value(layer + ".gradient");
      for (std::size_t i = 0; i < gradient.size(); i += 5) {
        INFO(layer << ", parameter " << i);
        constexpr double kStep = 1e-6;
        const auto loss_at = [&](double change) {
          auto changed = given;
          changed[layer + ".weight"][i] += change;
          return Interpreter(graph, changed).loss();
        };
        const double slope = (loss_at(kStep) - loss_at(-kStep)) / (2 * kStep);
        CHECK_THAT(gradient[i], Catch::Matchers::WithinAbs(slope, 1e-4 * (1 + std::abs(slope))));
      }
    }
  }
}
