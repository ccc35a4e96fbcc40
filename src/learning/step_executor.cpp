// SPDX-License-Identifier: MIT
#include "learning/step_executor.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "learning/ops/execute.h"
#include "workload/expand.h"

namespace kiln::learning {

using workload::kNone;
using workload::Op;
using workload::OpKind;
using workload::Phase;
using workload::Role;
using workload::TensorId;

namespace {

/// Runs one action; what is no work of a worker does nothing here.
struct Execute {
  const Action& action;
  OpRun& run;

  template <class Operation>
  void operator()(const Operation& operation) const {
    execute(operation, action, run);
  }
  void operator()(const workload::Recurrence&) const { refuse("recurrence"); }
  // Gradients are added to where they are written, the scale is that of the error.
  void operator()(const workload::AddToGradient&) const {}
  void operator()(const workload::ScaleLoss&) const {}
  void operator()(const workload::Dequantise&) const { refuse("dequantise"); }
  void operator()(const workload::OverflowCheck&) const { refuse("overflow check"); }
  void operator()(const workload::Encode&) const { refuse("encode"); }
  void operator()(const workload::Reduce&) const { refuse("reduce"); }
  void operator()(const workload::Update&) const { refuse("update"); }
  void operator()(const workload::Perturb&) const { refuse("perturbation"); }
  void operator()(const workload::ProjectLoss&) const { refuse("slope"); }

 private:
  void refuse(const char* what) const {
    KILN_CHECK(false, "{}: a {} is not a worker's operation", run.op().name, what);
  }
};

template <class Operation>
bool computes(const Op& op) {
  return std::any_of(op.actions.begin(), op.actions.end(), [](const workload::Action& action) {
    return std::holds_alternative<Operation>(action.operation);
  });
}

}  // namespace

StepExecutor::StepExecutor(const workload::StepGraph& graph,
                           const std::vector<const workload::Network*>& networks, int workers,
                           GradientExchange* exchange)
    : context_(graph, networks, workers), exchange_(exchange) {
  for (const workload::Tensor& tensor : graph.tensors) {
    if (tensor.cls != workload::TensorClass::input) continue;
    if (tensor.name.starts_with(workload::kTeacherPrefix)) {
      teacher_input_ = tensor.id;
      continue;
    }
    if (input_ != kNone)
      throw base::ConfigError(
          {}, "workload.layers",
          fmt::format("'{}' is a further input; one is executed on numbers", tensor.name));
    input_ = tensor.id;
  }
  if (networks.front()->output_layers().size() > 1)
    throw base::ConfigError({}, "workload.outputs",
                            "losses on several layers are not executed on numbers; name one");
  KILN_CHECK(input_ != kNone, "the graph of {} has no input", graph.network);
  for (const Op& op : graph.ops) {
    for (const workload::Operand& input : op.inputs)
      if (!input.positions.all())
        throw base::ConfigError({}, "training.loss_chunk",
                                fmt::format("{} is costed, not executed on numbers; leave it out", op.name));
    if (computes<workload::Dequantise>(op))
      throw base::ConfigError({}, "training.base_weights",
                              "is costed, not executed on numbers; leave it out to train on them");
    if (computes<workload::Loss>(op)) {
      const workload::Network& network = *networks.front();
      const workload::Shape& shape = network.layers[network.output_layers().front()].out;
      const bool classes =
          std::get<workload::Loss>(op.actions.front().operation).kind == workload::LossKind::cross_entropy;
      terms_per_sample_ = static_cast<double>(classes ? shape.positions() : shape.elements());
      scales_loss_ = computes<workload::ScaleLoss>(op);
    }
    const Role sum_of = op.phase == Phase::wgrad ? Role::gradient : Role::loss;
    if (const TensorId sum = find_operand(op.inputs, sum_of); sum != kNone && op.kind != OpKind::project)
      sums_.push_back(sum);
  }
}

void StepExecutor::begin_step() {
  overflow_ = false;
  std::fill(context_.losses.begin(), context_.losses.end(), LossTotals{});
  context_.error_scale = loss_scale() / (context_.graph.samples() * terms_per_sample_);
  for (const TensorId sum : sums_) {
    const std::span<float> values = context_.tensors.all(sum);
    std::fill(values.begin(), values.end(), 0.0f);
  }
}

/// The teacher sees the same samples.
void StepExecutor::show_teacher() {
  const std::span<const float> samples = context_.tensors.all(input_);
  const std::span<float> seen = context_.tensors.all(teacher_input_);
  if (seen.size() != samples.size())
    throw base::ConfigError(
        {}, "training.distillation.teacher",
        fmt::format("takes {} values of a batch, the student {}; give both the same input", seen.size(),
                    samples.size()));
  std::copy(samples.begin(), samples.end(), seen.begin());
  context_.tensors.touch(teacher_input_);
}

void StepExecutor::show(int micro_batch, const Fill& fill) {
  fill(micro_batch, context_.tensors.all(input_), context_.targets);
  context_.tensors.touch(input_);
  if (teacher_input_ != kNone) show_teacher();
  for (int worker = 0; context_.memory != nullptr && worker < context_.tensors.workers(); ++worker)
    context_.memory->written(input_, worker, context_.tensors.of(input_, worker));
}

void StepExecutor::run_micro_batches(const Fill& fill) {
  const int micro_batches = context_.graph.micro_batches;
  for (int micro = 0; micro < micro_batches; ++micro) {
    show(micro, fill);
    const bool last = micro + 1 == micro_batches;
    for (const Op& op : context_.graph.ops)
      if (last || op.phase == Phase::forward || op.phase == Phase::dgrad || op.phase == Phase::wgrad) run(op);
  }
}

StepResult StepExecutor::step(std::int64_t number, const OptimizerSettings& settings, const Fill& fill) {
  number_ = number;
  settings_ = settings;
  begin_step();
  StepResult result;
  if (context_.history != nullptr) result.missed_updates = context_.history->lend(context_.tensors, number);
  if (context_.graph.is_zeroth_order())
    run_zeroth_order(fill);
  else
    run_micro_batches(fill);
  for (const LossTotals& worker : context_.losses) result.loss += worker;
  result.skipped = overflow_;
  if (!overflow_) ++updates_;
  if (context_.history != nullptr) context_.history->take_back(context_.tensors, !overflow_);
  return result;
}

void StepExecutor::run(const Op& op) {
  switch (op.phase) {
    case Phase::forward:
    case Phase::dgrad:
    case Phase::wgrad:
      return run_on_workers(op);
    case Phase::compress:
      return compress(op);
    case Phase::reduce:
      return op.kind == OpKind::project ? project(op) : reduce(op);
    case Phase::update:
      if (op.kind == OpKind::perturb) return perturb(op);
      return computes<workload::OverflowCheck>(op) ? check_overflow(op) : update(op);
  }
}

void StepExecutor::run_on_workers(const Op& op) {
  for (int worker = 0; worker < context_.tensors.workers(); ++worker) {
    if (context_.history != nullptr) context_.history->show(context_.tensors, op, worker);
    OpRun run(context_, op, worker);
    bool first = true;
    for (const workload::Action& action : op.actions) {
      const Action own{action.derivative, first};
      std::visit(Execute{own, run}, action.operation);
      first = false;
    }
    run.finish();
  }
  if (op.all_reduce) join_statistics(op);
}

/// Means and deviations of the whole batch from those of the workers' samples; sums are added.
void StepExecutor::join_statistics(const Op& op) {
  Tensors& tensors = context_.tensors;
  const auto batch = static_cast<double>(context_.graph.batch);
  for (const workload::Operand& output : op.outputs) {
    if (output.role != Role::statistics && output.role != Role::sums) continue;
    std::vector<float> joined(tensors.of(output.tensor, 0).begin(), tensors.of(output.tensor, 0).end());
    const std::size_t channels = joined.size() / (output.role == Role::sums ? 2 : 4);
    for (std::size_t c = 0; c < channels; ++c) {
      double first = 0, second = 0;  // sums; or mean and mean square with epsilon
      for (int worker = 0; worker < tensors.workers(); ++worker) {
        const std::span<const float> own = tensors.of(output.tensor, worker);
        const double a = own[c], b = own[channels + c];
        const double share = static_cast<double>(tensors.samples(worker)) / batch;
        first += output.role == Role::sums ? a : share * a;
        second += output.role == Role::sums ? b : share * (b * b + a * a);
      }
      joined[c] = static_cast<float>(first);
      joined[channels + c] =
          static_cast<float>(output.role == Role::sums ? second : std::sqrt(second - first * first));
    }
    for (int worker = 0; worker < tensors.workers(); ++worker)
      std::copy(joined.begin(), joined.end(), tensors.of(output.tensor, worker).begin());
    tensors.touch(output.tensor);
  }
}

void StepExecutor::check_overflow(const Op& op) {
  for (const workload::Operand& input : op.inputs) {
    if (input.role != Role::gradient) continue;
    const std::span<const float> values = context_.tensors.all(input.tensor);
    overflow_ =
        overflow_ || !std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
  }
}

void StepExecutor::compress(const Op& op) {
  if (overflow_) return;
  const TensorId gradient = find_operand(op.inputs, Role::gradient);
  const workload::Tensor& tensor = context_.graph.tensors[static_cast<std::size_t>(gradient)];
  const auto unscaled = static_cast<float>(1 / loss_scale());
  std::vector<std::span<float>> found;  // by worker
  for (int worker = 0; worker < context_.tensors.workers(); ++worker) {
    found.push_back(context_.tensors.of(gradient, worker));
    if (unscaled != 1)
      for (float& value : found.back()) value *= unscaled;
  }
  if (exchange_ != nullptr) exchange_->send(op.layer, number_, tensor.bits_per_element, found);
  for (int worker = 0; context_.memory != nullptr && worker < context_.tensors.workers(); ++worker) {
    context_.memory->sent_gradient(
        gradient, worker, found[static_cast<std::size_t>(worker)],
        exchange_ != nullptr && exchange_->codes(op.layer) && !exchange_->factors(op.layer));
    if (exchange_ != nullptr)
      if (const std::span<float> residual = exchange_->residual(op.layer, worker); !residual.empty())
        context_.memory->written_residual(op.layer, worker, residual);
  }
}

void StepExecutor::reduce(const Op& op) {
  if (overflow_) return;
  const TensorId gradient = find_operand(op.inputs, Role::gradient);
  const std::span<float> sum = context_.tensors.of(gradient, 0);
  for (int worker = 1; worker < context_.tensors.workers(); ++worker) {
    const std::span<const float> more = context_.tensors.of(gradient, worker);
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += more[i];
  }
}

void StepExecutor::update(const Op& op) {
  if (overflow_) return;
  const TensorId gradient = find_operand(op.inputs, Role::gradient),
                 weight = find_operand(op.outputs, Role::parameters),
                 master = find_operand(op.outputs, Role::master),
                 state = find_operand(op.outputs, Role::optimizer_state);
  Tensors& tensors = context_.tensors;
  if (context_.history != nullptr) context_.history->take_back(tensors, weight);
  const auto part_of = [&](TensorId id, const workload::Part& part) {
    const workload::Part* own = find_part(context_.graph.tensors[static_cast<std::size_t>(id)], part.kind);
    KILN_CHECK(own != nullptr, "{} lacks a part that is trained", op.name);
    return tensors.all(id).subspan(static_cast<std::size_t>(own->offset),
                                   static_cast<std::size_t>(own->elements()));
  };
  const workload::Tensor& found = context_.graph.tensors[static_cast<std::size_t>(gradient)];
  const auto trained = static_cast<std::size_t>(found.shape.elements());
  const auto& rule = std::get<workload::Update>(op.actions.front().operation);
  for (const workload::Part& part : found.parts) {
    const auto size = static_cast<std::size_t>(part.elements());
    const auto offset = static_cast<std::size_t>(part.offset);
    std::vector<float> own_state;  // array behind array of this part alone
    const std::size_t copies = state == kNone ? 0 : tensors.all(state).size() / trained;
    for (std::size_t copy = 0; copy < copies; ++copy) {
      const auto from = tensors.all(state).subspan(copy * trained + offset, size);
      own_state.insert(own_state.end(), from.begin(), from.end());
    }
    const std::span<float> values = part_of(master == kNone ? weight : master, part);
    optimize(rule.optimizer, settings_, updates_ + 1, tensors.of(gradient, 0).subspan(offset, size), values,
             own_state);
    for (std::size_t copy = 0; copy < copies; ++copy)
      std::copy_n(own_state.begin() + static_cast<std::ptrdiff_t>(copy * size), size,
                  tensors.all(state).begin() + static_cast<std::ptrdiff_t>(copy * trained + offset));
    if (master != kNone) std::copy(values.begin(), values.end(), part_of(weight, part).begin());
  }
  for (const TensorId written : {weight, master, state}) {
    if (written == kNone) continue;
    tensors.touch(written);
    if (context_.memory != nullptr) context_.memory->written(written, 0, tensors.all(written));
  }
}

}  // namespace kiln::learning
