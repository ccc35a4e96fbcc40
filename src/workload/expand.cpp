// SPDX-License-Identifier: MIT
#include "workload/expand.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/error.h"
#include "workload/checkpoint.h"
#include "workload/footprint.h"
#include "workload/layer_kind.h"
#include "workload/layers/emission.h"
#include "workload/step_state.h"
#include "workload/transforms.h"

namespace kiln::workload {
namespace {

void describe_layers(const StepState& s) {
  for (std::size_t i = 0; i < s.network.layers.size(); ++i) {
    const Layer& layer = s.network.layers[i];
    const LayerPlan& plan = s.plan.layers[i];
    LayerInfo info;
    info.name = s.prefix + layer.name;
    info.kind = config::enum_name(layer.op);
    info.trainable_parameters = plan.trainable_parameters();
    info.parameters = layer.parameters() + (plan.scope == Scope::lora ? info.trainable_parameters : 0);
    info.trainable = info.trainable_parameters > 0;
    s.builder.graph().layers.push_back(std::move(info));
  }
}

void emit_input(StepState& s) {
  const TensorId input = s.tensor(kNetworkInput, "", TensorClass::input, s.network.input,
                                  s.activation_bits(kNetworkInput), input_elements(s, {}));
  Value& value = s.outputs(kNetworkInput)[0];
  value.now = value.kept = input;
}

/// The teacher's forward pass; returns its outputs.
std::vector<TensorId> emit_teacher(const Network& student, const TrainingConfig& config,
                                   GraphBuilder& builder, std::int64_t samples) {
  const Network network = build_network(config.distillation->teacher);
  const TrainingPlan plan = plan_inference(network);
  bool fits = network.outputs.size() == student.outputs.size();
  std::int64_t own = 0, of_student = 0;
  for (const ValueRef& output : network.outputs) own += network.shape_of(output).elements();
  for (const ValueRef& output : student.outputs) of_student += student.shape_of(output).elements();
  for (std::size_t i = 0; fits && i < network.outputs.size(); ++i)
    fits = network.shape_of(network.outputs[i]).lies_like(student.shape_of(student.outputs[i]));
  if (!fits) {
    throw base::ConfigError(
        {}, "distillation.teacher",
        fmt::format("'{}' has {} outputs per sample, the student {}", network.name, own, of_student));
  }
  StepState s(network, config, plan, builder);
  s.prefix = kTeacherPrefix;
  s.layer_offset = static_cast<std::int32_t>(builder.graph().layers.size());
  s.samples = samples;
  s.training = false;
  describe_layers(s);
  emit_input(s);
  const int count = static_cast<int>(network.layers.size());
  for (int i = 0; i < count; ++i) emit_parameters(s, i);
  for (int i = 0; i < count; ++i) kind_of(s.layer(i).op).forward(s, i);
  std::vector<TensorId> outputs;
  for (const ValueRef& output : network.outputs) outputs.push_back(s.value(output).now);
  return outputs;
}

void emit_forward_and_backward(StepState& s, const std::vector<Segment>& segments,
                               const std::vector<TensorId>& teacher) {
  s.checkpoint = checkpointed_values(s.network, segments);
  // The last layer lies in the last segment, which is not done again.
  const int head = chunks_loss(s.network, s.config) ? static_cast<int>(s.network.layers.size()) - 1 : kNone;
  for (const Segment& segment : segments) {
    s.pass = segment.recompute ? Pass::discard : Pass::keep;
    for (int i = segment.first; i < segment.end; ++i)
      if (i != head) kind_of(s.layer(i).op).forward(s, i);
  }
  s.pass = Pass::keep;
  if (s.config.kind == TrainingKind::none) return;
  if (head != kNone)
    emit_chunks(s);
  else
    emit_loss(s, teacher);
  const bool as_ready = s.config.update == UpdateSchedule::as_ready;
  for (std::size_t k = segments.size(); k-- > 0;) {
    const Segment& segment = segments[k];
    s.pass = segment.recompute ? Pass::again : Pass::keep;
    for (int i = segment.first; segment.recompute && i < segment.end; ++i)
      kind_of(s.layer(i).op).forward(s, i);
    for (int i = segment.end; i-- > segment.first;) {
      if (i != head) emit_backward(s, i);
      if (as_ready) emit_update(s, i, kNone);
    }
  }
  s.pass = Pass::keep;
}

/// Reads every gradient once and tells the updates whether to go ahead.
TensorId emit_overflow_check(StepState& s) {
  const int last = static_cast<int>(s.network.layers.size()) - 1;
  Op op = s.op(last, "overflow_check", Phase::update);
  for (const LayerTensors& t : s.tensors) op.read(Role::gradient, t.gradient);
  std::int64_t elements = 0;
  for (const LayerPlan& plan : s.plan.layers) elements += plan.trainable_parameters();
  op.run(OverflowCheck{}, elements);
  const TensorId flag = s.per_channel(last, ".overflow", {{PartKind::flag, {1}}});
  op.write(Role::flag, flag);
  s.add(std::move(op));
  return flag;
}

StepGraph expand_with(const Network& network, const TrainingConfig& config, const TrainingPlan& plan,
                      const std::vector<Segment>& segments) {
  GraphBuilder builder;
  StepState s(network, config, plan, builder);
  s.samples = config.batch / config.micro_batches;
  StepGraph& graph = builder.graph();
  graph.network = network.name;
  graph.batch = s.samples;
  graph.micro_batches = config.micro_batches;
  const bool dynamic = config.loss_scaling.kind == LossScalingKind::dynamic;
  if (dynamic) graph.useful_step_fraction = 1 - 1.0 / (config.loss_scaling.growth_interval + 1.0);

  describe_layers(s);
  emit_input(s);
  const int count = static_cast<int>(network.layers.size());
  for (int i = 0; i < count; ++i) emit_parameters(s, i);
  const std::vector<TensorId> teacher =
      config.distillation ? emit_teacher(network, config, builder, s.samples) : std::vector<TensorId>{};
  if (config.kind == TrainingKind::zeroth_order) {
    emit_zeroth_order(s);
    return builder.finish();
  }
  emit_forward_and_backward(s, segments, teacher);
  if (config.update == UpdateSchedule::at_end) {
    const TensorId flag = dynamic ? emit_overflow_check(s) : kNone;
    for (int i = count; i-- > 0;) emit_update(s, i, flag);
  }
  return builder.finish();
}

/// A step that checkpointing may come to, and what it is judged by.
struct Candidate {
  StepGraph graph;
  std::int64_t need = 0;
  double cost = 0;  ///< in the judge's unit, then the MACs of all forward passes

  bool better_than(const Candidate& other, std::int64_t room) const {
    const bool fits = need <= room;
    if (fits != (other.need <= room)) return fits;
    if (!fits && need != other.need) return need < other.need;
    if (cost != other.cost) return cost < other.cost;
    return graph.macs(Phase::forward) < other.graph.macs(Phase::forward);
  }
};

/// The first candidate recomputes nothing: where that fits, nothing costs less.
StepGraph expand_optimal(const Network& network, const TrainingConfig& config, const TrainingPlan& plan,
                         const RecomputeJudge& judge) {
  std::optional<Candidate> best;
  for (const std::vector<Segment>& segments : candidate_splits(network, plan)) {
    Candidate next{expand_with(network, config, plan, segments)};
    next.need = judge.need_of ? judge.need_of(next.graph) : footprint(next.graph).peak_bytes;
    next.cost = judge.cost_of ? judge.cost_of(next.graph) : 0;
    if (!best || next.better_than(*best, judge.room_bytes)) best = std::move(next);
    if (best->cost == 0 && best->need <= judge.room_bytes) break;
  }
  return std::move(best->graph);
}

}  // namespace

void emit_backward(StepState& s, int index) {
  if (!s.layer_plan(index).live) return;
  const Values& outputs = s.outputs(index);
  KILN_CHECK(std::any_of(outputs.begin(), outputs.end(), [](const Value& v) { return v.error != kNone; }),
             "layer {} has no error to pass back", s.layer(index).name);
  kind_of(s.layer(index).op).backward(s, index);
}

StepGraph expand(const Network& network, const TrainingConfig& config, const RecomputeJudge& judge) {
  if (config.batch < 1 || config.micro_batches < 1 || config.batch % config.micro_batches != 0) {
    throw base::ConfigError({}, "micro_batches",
                            fmt::format("{} does not divide batch = {}", config.micro_batches, config.batch));
  }
  const TrainingPlan plan = plan_training(network, config);
  const auto with = [&](int count) {
    return expand_with(network, config, plan, split_into_segments(network, plan, count));
  };
  switch (config.recompute.mode) {
    case RecomputeMode::none:
      return with(1);
    case RecomputeMode::segments:
      return with(config.recompute.segments);
    case RecomputeMode::sqrt:
      return with(static_cast<int>(
          std::lround(std::sqrt(static_cast<double>(cut_points(network, plan).size() + 1)))));
    case RecomputeMode::blocks:
      return expand_with(network, config, plan, split_into_blocks(network, plan));
    case RecomputeMode::optimal:
      return expand_optimal(network, config, plan, judge);
  }
  KILN_CHECK(false, "unknown recompute mode {}", static_cast<int>(config.recompute.mode));
}

StepGraph build_step(const NetworkConfig& network, const TrainingConfig& training) {
  return expand(build_network(rewrite(network, training)), training);
}

}  // namespace kiln::workload
