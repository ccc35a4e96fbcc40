// SPDX-License-Identifier: MIT
#include "learning/op_run.h"

#include <algorithm>

#include "base/error.h"
#include "learning/channel_loops.h"

namespace kiln::learning {

using workload::kNone;
using workload::Operand;
using workload::Part;
using workload::PartKind;
using workload::Role;
using workload::Shape;
using workload::TensorId;

namespace {

bool is_result(const Operand& operand) {
  return operand.role == Role::result || operand.role == Role::input_error;
}

/// Rows of `widths`, one beside another, to and from separate values.
void copy_columns(std::span<const float> from, std::int64_t from_width, std::int64_t from_first,
                  std::span<float> to, std::int64_t to_width, std::int64_t to_first, std::int64_t width) {
  const auto rows = static_cast<std::int64_t>(from.size()) / from_width;
  for (std::int64_t row = 0; row < rows; ++row)
    std::copy_n(from.data() + row * from_width + from_first, width, to.data() + row * to_width + to_first);
}

}  // namespace

OpRun::OpRun(StepContext& context, const workload::Op& op, int worker)
    : context_(context), op_(op), worker_(worker) {
  const auto results = std::count_if(op.outputs.begin(), op.outputs.end(), is_result);
  if (results == 1) only_result_ = std::find_if(op.outputs.begin(), op.outputs.end(), is_result)->tensor;
  begin();
}

bool OpRun::reads(Role role, std::int32_t number) const {
  return find_operand(op_.inputs, role, number) != kNone;
}

bool OpRun::writes(Role role, std::int32_t number) const {
  return find_operand(op_.outputs, role, number) != kNone;
}

TensorId OpRun::input(Role role, std::int32_t number) const {
  const TensorId id = find_operand(op_.inputs, role, number);
  KILN_CHECK(id != kNone, "{} has no input of role {}, number {}", op_.name, static_cast<int>(role), number);
  return id;
}

TensorId OpRun::output(Role role, std::int32_t number) const {
  const TensorId id = find_operand(op_.outputs, role, number);
  KILN_CHECK(id != kNone, "{} has no output of role {}, number {}", op_.name, static_cast<int>(role), number);
  return id;
}

std::span<const float> OpRun::in(Role role, std::int32_t number) {
  return context_.tensors.of(input(role, number), worker_);
}

std::span<float> OpRun::out(Role role, std::int32_t number) {
  return context_.tensors.of(output(role, number), worker_);
}

TensorId OpRun::parameter_tensor(PartKind kind) const {
  for (const Role role : {Role::trained, Role::quantised, Role::parameters})
    if (const TensorId id = find_operand(op_.inputs, role);
        id != kNone && find_part(tensor(id), kind) != nullptr)
      return id;
  return kNone;
}

std::span<const float> OpRun::parameters(PartKind kind) {
  const TensorId id = parameter_tensor(kind);
  KILN_CHECK(id != kNone, "{} reads no parameters of kind {}", op_.name, static_cast<int>(kind));
  const Part& part = *find_part(tensor(id), kind);
  return context_.tensors.all(id).subspan(static_cast<std::size_t>(part.offset),
                                          static_cast<std::size_t>(part.elements()));
}

std::uint64_t OpRun::parameters_version(PartKind kind) {
  return context_.tensors.version(parameter_tensor(kind));
}

std::span<const float> OpRun::array_parameters(PartKind kind) {
  return array_operand(parameter_tensor(kind), parameters(kind));
}

std::span<const float> OpRun::array_operand(TensorId id, std::span<const float> values) {
  if (context_.memory == nullptr || id == kNone) return values;
  std::vector<float>& scratch = context_.scratch[2 + next_scratch_ % 2];
  const std::span<const float> taken = context_.memory->operand(op_, id, values, scratch);
  if (taken.data() != values.data()) ++next_scratch_;
  return taken;
}

std::optional<std::span<float>> OpRun::gradient(PartKind kind) {
  const TensorId id = output(Role::gradient);
  const Part* part = find_part(tensor(id), kind);
  if (part == nullptr) return {};
  const auto first = static_cast<std::size_t>(part->offset),
             count = static_cast<std::size_t>(part->elements());
  const Stretch stretch{first, first + count};
  if (std::find(gradient_parts_.begin(), gradient_parts_.end(), stretch) == gradient_parts_.end())
    gradient_parts_.push_back(stretch);
  return context_.tensors.of(id, worker_).subspan(first, count);
}

void OpRun::begin() {
  if (std::any_of(op_.inputs.begin(), op_.inputs.end(),
                  [](const Operand& operand) { return operand.role == Role::error; }))
    now_ = errors();
  else if (reads(Role::data))
    now_ = in(Role::data);
}

/// Of several outputs beside one another; of an output with learned tokens in front, its last rows.
std::span<const float> OpRun::errors() {
  const LayerFacts& facts = layer();
  const bool by_axis = std::holds_alternative<workload::Split>(op_.actions.front().operation);
  if (facts.outputs.size() > 1 && !by_axis) {
    std::int64_t width = 0;
    for (const Shape& output : facts.outputs) width += output.channels();
    const std::span<float> joined = make(samples() * facts.output_elements);
    std::fill(joined.begin(), joined.end(), 0.0f);
    std::int64_t first = 0;
    for (std::size_t i = 0; i < facts.outputs.size(); ++i) {
      const std::int64_t own = facts.outputs[i].channels();
      if (const auto number = static_cast<std::int32_t>(i); reads(Role::error, number))
        copy_columns(in(Role::error, number), own, 0, joined, width, first, own);
      first += own;
    }
    changeable_ = joined;
    return joined;
  }
  if (by_axis) return {};
  for (const Operand& operand : op_.inputs) {
    if (operand.role != Role::error) continue;
    const std::span<const float> error = context_.tensors.of(operand.tensor, worker_);
    const Shape& shape = tensor(operand.tensor).shape;
    const std::int64_t given = shape.elements();
    const bool has_tokens_in_front =
        given > facts.output_elements && shape.channels() == facts.outputs[0].channels();
    if (!has_tokens_in_front) return error;
    const std::span<float> rest = make(samples() * facts.output_elements);
    copy_columns(error, given, given - facts.output_elements, rest, facts.output_elements, 0,
                 facts.output_elements);
    changeable_ = rest;
    return rest;
  }
  return {};
}

std::span<float> OpRun::make(std::int64_t values) {
  if (only_result_ != kNone) {
    const std::span<float> result = context_.tensors.of(only_result_, worker_);
    if (static_cast<std::int64_t>(result.size()) == values && result.data() != now_.data()) return result;
  }
  for (std::size_t i = 0; i < 2; ++i) {
    std::vector<float>& scratch = context_.scratch[i];
    if (scratch.data() == now_.data() && !scratch.empty()) continue;
    if (static_cast<std::int64_t>(scratch.size()) < values) scratch.resize(static_cast<std::size_t>(values));
    return std::span(scratch).first(static_cast<std::size_t>(values));
  }
  KILN_CHECK(false, "no room for a value of {}", op_.name);
}

std::span<float> OpRun::change() {
  if (changeable_.data() == now_.data() && !now_.empty()) return changeable_;
  const std::span<float> copy = make(static_cast<std::int64_t>(now_.size()));
  std::copy(now_.begin(), now_.end(), copy.begin());
  take(copy);
  return copy;
}

void OpRun::pass_folded_norm() {
  const LayerFacts& facts = layer();
  if (facts.folded_scale == kNone) return;
  if (static_cast<std::int64_t>(now_.size()) != samples() * facts.output_elements) return;
  const Part* part = find_part(tensor(facts.folded_scale), PartKind::scale);
  if (part == nullptr) return;
  const ChannelRow scale(
      context_.tensors.all(facts.folded_scale)
          .subspan(static_cast<std::size_t>(part->offset), static_cast<std::size_t>(part->elements())));
  float* values = change().data();
  for_rows(now_.size(), scale.size(), [&](std::size_t begin, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) values[begin + i] *= scale.values()[i];
  });
}

void OpRun::write_results(Role role) {
  std::int64_t width = 0;
  std::int32_t outputs = 0;
  for (const Operand& output : op_.outputs)
    if (output.role == role) {
      width += tensor(output.tensor).shape.channels();
      ++outputs;
    }
  std::int64_t first = 0;
  for (const Operand& output : op_.outputs) {
    if (output.role != role) continue;
    const std::span<float> to = context_.tensors.of(output.tensor, worker_);
    if (outputs == 1) {
      if (to.data() == now_.data()) return;
      KILN_CHECK(now_.size() >= to.size() && !to.empty(), "{} made {} values for a result of {}", op_.name,
                 now_.size(), to.size());
      const auto own = static_cast<std::int64_t>(to.size()) / samples(),
                 given = static_cast<std::int64_t>(now_.size()) / samples();
      copy_columns(now_, given, given - own, to, own, 0, own);
      return;
    }
    const std::int64_t own = tensor(output.tensor).shape.channels();
    copy_columns(now_, width, first, to, own, 0, own);
    first += own;
  }
}

void OpRun::finish() {
  if (!wrote_results_) {
    write_results(Role::result);
    write_results(Role::input_error);
  }
  for (const Operand& output : op_.outputs)
    if (output.role == Role::kept) {
      const std::span<const float> result = out(Role::result, output.number);
      std::copy(result.begin(), result.end(), context_.tensors.of(output.tensor, worker_).begin());
    }
  for (const Operand& output : op_.outputs) {
    context_.tensors.touch(output.tensor);
    if (context_.memory == nullptr) continue;
    const std::span<float> values = context_.tensors.of(output.tensor, worker_);
    if (output.role == Role::gradient)
      context_.memory->written_gradient(output.tensor, worker_, values, gradient_parts_);
    else
      context_.memory->written(output.tensor, worker_, values);
  }
}

}  // namespace kiln::learning
