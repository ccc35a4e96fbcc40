// SPDX-License-Identifier: MIT
// What combines values element by element, repeated where extents are 1 or a vector stands for every
// position.
#include <algorithm>
#include <optional>

#include "base/error.h"
#include "learning/ops/execute.h"
#include "learning/ops/layout.h"

namespace kiln::learning {

using workload::CombineKind;
using workload::Derivative;
using workload::Role;
using workload::Shape;

namespace {

/// Where the values of a result lie in an operand that is repeated.
IndexMap repetition(const Shape& out, const Shape& operand) {
  IndexMap map(static_cast<std::size_t>(out.elements()));
  const bool by_channel = operand.channels() == out.channels() && operand.positions() == 1;
  const std::vector<std::int64_t> strides = strides_of(operand);
  const int missing = out.rank() - operand.rank();
  for_places(out, [&](const std::vector<std::int64_t>& place, std::int64_t offset) {
    std::int64_t from = 0;
    if (operand.lies_like(out)) {
      from = offset;
    } else if (by_channel) {
      from = place[static_cast<std::size_t>(out.channel_axis())];
    } else {
      for (int axis = 0; axis < operand.rank(); ++axis)
        if (operand.extent(axis) > 1)
          from += place[static_cast<std::size_t>(axis + missing)] * strides[static_cast<std::size_t>(axis)];
    }
    map[static_cast<std::size_t>(offset)] = static_cast<std::int32_t>(from);
  });
  return map;
}

/// Reads a value as often as it is repeated.
class Repeated {
 public:
  Repeated(OpRun& run, const Shape& out, const Shape& operand, std::span<const float> values, int number)
      : values_(values),
        per_sample_(static_cast<std::size_t>(operand.elements())),
        out_(static_cast<std::size_t>(out.elements())) {
    if (!operand.lies_like(out))
      map_ = &run.context().cache.map(run.op().id, number, [&] { return repetition(out, operand); });
  }
  float at(std::size_t i) const {
    if (map_ == nullptr) return values_[i];
    return values_[i / out_ * per_sample_ + static_cast<std::size_t>((*map_)[i % out_])];
  }

 private:
  std::span<const float> values_;
  std::size_t per_sample_, out_;
  const IndexMap* map_ = nullptr;
};

float combined(CombineKind kind, float a, float b) {
  switch (kind) {
    case CombineKind::add:
      return a + b;
    case CombineKind::subtract:
      return a - b;
    case CombineKind::multiply:
      return a * b;
    case CombineKind::divide:
      return a / b;
  }
  return a;
}

/// Places in the layer's own operand, which lies in logical order, for those of the result.
IndexMap own_operand(const Shape& out, const std::vector<std::int64_t>& extents) {
  const int rank = static_cast<int>(extents.size()), missing = out.rank() - rank;
  const int channels = out.channel_axis() - missing;
  const Shape operand({extents.begin(), extents.end()},
                      channels >= 0 && channels < rank ? channels : rank - 1);
  const bool by_channel = operand.channels() == out.channels() && operand.positions() == 1;
  IndexMap map(static_cast<std::size_t>(out.elements()));
  for_places(out, [&](const std::vector<std::int64_t>& place, std::int64_t offset) {
    std::int64_t from = 0;
    for (int axis = 0; axis < rank && !by_channel; ++axis)
      from = from * operand.extent(axis) +
             (operand.extent(axis) > 1 ? place[static_cast<std::size_t>(axis + missing)] : 0);
    if (by_channel) from = place[static_cast<std::size_t>(out.channel_axis())];
    map[static_cast<std::size_t>(offset)] = static_cast<std::int32_t>(from);
  });
  return map;
}

constexpr int kOwnMap = 200;

/// A layer's own second operand: a number, or learned values repeated over samples.
class Own {
 public:
  Own(const workload::Combine& combine, OpRun& run) : value_(static_cast<float>(combine.value)) {
    if (combine.second == workload::SecondOperand::fixed) return;
    values_ = run.parameters(workload::PartKind::operand);
    const workload::TensorId block = find_operand(run.op().inputs, Role::parameters);
    map_ = &map_of(run, block);
  }
  static const IndexMap& map_of(OpRun& run, workload::TensorId block) {
    const workload::Part* part = find_part(run.tensor(block), workload::PartKind::operand);
    KILN_CHECK(part != nullptr, "{} has no operand of its own", run.op().name);
    return run.context().cache.map(run.op().id, kOwnMap,
                                   [&] { return own_operand(run.layer().outputs[0], part->extents); });
  }
  float at(std::size_t i) const {
    return map_ == nullptr ? value_ : values_[static_cast<std::size_t>((*map_)[i % map_->size()])];
  }

 private:
  float value_;
  std::span<const float> values_;
  const IndexMap* map_ = nullptr;
};

/// The gradient of a learned operand: sums over samples and repetitions.
void sum_for_operand(const workload::Combine& combine, OpRun& run) {
  const auto gradient = run.gradient(workload::PartKind::operand);
  KILN_CHECK(gradient.has_value(), "{} has no gradient of its operand", run.op().name);
  const IndexMap& map = Own::map_of(run, run.output(Role::gradient));
  const std::span<const float> error = run.now();
  std::vector<double> sums(gradient->size(), 0);
  const bool scales = combine.kind == CombineKind::multiply || combine.kind == CombineKind::divide;
  std::optional<Repeated> first;
  if (scales) first.emplace(run, run.layer().outputs[0], run.layer().inputs[0], run.in(Role::data), 0);
  for (std::size_t i = 0; i < error.size(); ++i) {
    const auto place = static_cast<std::size_t>(map[i % map.size()]);
    double slope = combine.kind == CombineKind::subtract ? -1 : 1;
    if (scales) slope = first->at(i);
    if (combine.kind == CombineKind::divide) {
      const double divisor = run.parameters(workload::PartKind::operand)[place];
      slope = -slope / (divisor * divisor);
    }
    sums[place] += slope * error[i];
  }
  for (std::size_t i = 0; i < sums.size(); ++i)
    (*gradient)[i] = (run.adds_to_gradient() ? (*gradient)[i] : 0.0f) + static_cast<float>(sums[i]);
}

/// Sums an error over where its operand went.
void sum_repetitions(OpRun& run) {
  const auto output = std::find_if(run.op().outputs.begin(), run.op().outputs.end(),
                                   [](const workload::Operand& o) { return o.role == Role::input_error; });
  const Shape& to = run.layer().inputs[static_cast<std::size_t>(output->number)];
  const Shape& from = run.layer().outputs[0];
  if (to.lies_like(from)) return;
  const IndexMap& map = run.context().cache.map(run.op().id, 100, [&] { return repetition(from, to); });
  const std::span<const float> error = run.now();
  const std::span<float> sum = run.make(run.samples() * to.elements());
  std::fill(sum.begin(), sum.end(), 0.0f);
  const auto per_sample = static_cast<std::size_t>(to.elements());
  for (std::size_t i = 0; i < error.size(); ++i)
    sum[i / map.size() * per_sample + static_cast<std::size_t>(map[i % map.size()])] += error[i];
  run.take(sum);
}

/// The error of one factor, still as large as the result.
void pass_to_factor(const workload::Combine& combine, bool second, OpRun& run) {
  const LayerFacts& layer = run.layer();
  if (combine.second != workload::SecondOperand::input) {
    if (combine.kind == CombineKind::add || combine.kind == CombineKind::subtract) return;
    const Own own(combine, run);
    float* error = run.change().data();
    const std::size_t count = run.now().size();
    if (combine.kind == CombineKind::multiply)
      for (std::size_t i = 0; i < count; ++i) error[i] *= own.at(i);
    if (combine.kind == CombineKind::divide)
      for (std::size_t i = 0; i < count; ++i) error[i] /= own.at(i);
    return;
  }
  const auto factor = [&](std::int32_t number) {
    return Repeated(run, layer.outputs[0], layer.inputs[static_cast<std::size_t>(number)],
                    run.in(Role::data, number), number);
  };
  float* error = run.change().data();
  const std::size_t count = run.now().size();
  if (combine.kind == CombineKind::multiply) {
    const Repeated other = factor(second ? 0 : 1);
    for (std::size_t i = 0; i < count; ++i) error[i] *= other.at(i);
  } else if (combine.kind == CombineKind::divide) {
    const Repeated divisor = factor(1);
    if (!second) {
      for (std::size_t i = 0; i < count; ++i) error[i] /= divisor.at(i);
    } else {
      const Repeated dividend = factor(0);
      for (std::size_t i = 0; i < count; ++i) error[i] *= -dividend.at(i) / (divisor.at(i) * divisor.at(i));
    }
  } else if (combine.kind == CombineKind::subtract && second) {
    for (std::size_t i = 0; i < count; ++i) error[i] = -error[i];
  }
}

}  // namespace

void execute(const workload::Combine& combine, const Action& action, OpRun& run) {
  if (action.derivative == Derivative::parameters) return sum_for_operand(combine, run);
  if (action.derivative != Derivative::none) {
    pass_to_factor(combine, action.derivative == Derivative::second_input, run);
    return sum_repetitions(run);
  }
  const LayerFacts& layer = run.layer();
  const Shape& out = layer.outputs[0];
  const std::span<float> result = run.make(run.samples() * out.elements());
  const Repeated first(run, out, layer.inputs[0], run.in(Role::data), 0);
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = first.at(i);
  if (combine.second != workload::SecondOperand::input) {
    const Own own(combine, run);
    for (std::size_t i = 0; i < result.size(); ++i) result[i] = combined(combine.kind, result[i], own.at(i));
    return run.take(result);
  }
  for (int number = 1; number < combine.inputs; ++number) {
    const Repeated other(run, out, layer.inputs[static_cast<std::size_t>(number)], run.in(Role::data, number),
                         number);
    for (std::size_t i = 0; i < result.size(); ++i)
      result[i] = combined(combine.kind, result[i], other.at(i));
  }
  run.take(result);
}

void execute(const workload::RepeatError&, const Action&, OpRun& run) {
  sum_repetitions(run);
}

}  // namespace kiln::learning
