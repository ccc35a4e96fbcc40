// SPDX-License-Identifier: MIT
// Normalisations that stand alone: by the statistics of the batch, or of each sample.
#include "base/error.h"
#include "workload/layers/emission.h"
#include "workload/layers/kinds.h"

namespace kiln::workload {
namespace {

class BatchNormKind : public LayerKind {
 public:
  void infer(const Inference& at) const override {
    const Shape& in = at.input(0);
    at.own(PartKind::scale, {in.channels()});
    at.own(PartKind::shift, {in.channels()});
    at.set_output(in);
    at.layer.norm = Norm::batch;
    at.layer.operation = Normalise{NormKind::batch, 1, at.config.epsilon};
  }
  bool needs_input(const Layer&, const TrainingPlan&, const LayerPlan& own, std::size_t) const override {
    return own.batch_stats;
  }
  ChannelUse channels(const LayerConfig&) const override { return ChannelUse::kept; }

  void forward(StepState& s, int index) const override {
    const Layer& layer = s.layer(index);
    LayerTensors& t = s.tensors[index];
    const std::int64_t elements = s.elements(layer.out);
    if (!s.layer_plan(index).batch_stats) {
      Op op = s.op(index, "forward", Phase::forward);
      op.run(ScaleShift{true}, elements);
      read_inputs(s, index, op);
      read_parameters(s, index, op);
      finish_output(s, index, op);
      return s.add(std::move(op));
    }
    Op op = s.op(index, "statistics", Phase::forward);
    op.run(BatchStatistics{layer.epsilon}, elements);
    read_inputs(s, index, op);
    op.read(Role::parameters, t.weight);
    t.statistics = make_statistics(s, index);
    op.all_reduce = s.config.norm_statistics == NormStatistics::synchronised;
    op.write(Role::statistics, t.statistics);
    s.add(std::move(op));
    emit_normalised(s, index, s.readable(layer.inputs[0]));
  }

  void backward(StepState& s, int index) const override {
    const Layer& layer = s.layer(index);
    if (!s.layer_plan(index).batch_stats) return backward_stored(s, index);
    s.tensors[index].before_norm = s.value(layer.inputs[0]).kept;
    const bool passes_on = s.plan.live(layer.inputs[0]);
    const BehindNorm behind = through_batch_norm(s, index, passes_on);
    s.outputs(index)[0].error = behind.error;
    if (passes_on) pass_error(s, index, layer.inputs[0]);
    Op op = s.op(index, "wgrad", Phase::wgrad);
    op.run(layer.operation, layer.parameters(), Derivative::parameters);
    op.read(Role::sums, behind.sums);
    write_gradient(s, index, op);
    s.add(std::move(op));
  }

 private:
  /// By stored statistics: a scale per channel.
  static void backward_stored(StepState& s, int index) {
    const Layer& layer = s.layer(index);
    const std::vector<TensorId> errors = through_activation(s, index);
    if (s.layer_plan(index).scope == Scope::bias) emit_sum_gradient(s, index, errors);
    if (!s.plan.live(layer.inputs[0])) return;
    Op op = s.op(index, "dgrad", Phase::dgrad);
    op.run(ScaleShift{true}, s.elements(layer.out), Derivative::input);
    op.read(Role::error, errors[0]);
    op.read(Role::parameters, s.tensors[index].weight);
    write_error(s, layer.inputs[0], op);
    s.add(std::move(op));
  }
};

/// Statistics of each sample: per position (layer, rms) or per group of channels (group, instance).
class RowNormKind : public LayerKind {
 public:
  explicit RowNormKind(NormKind kind) : kind_(kind) {}

  void infer(const Inference& at) const override {
    const Shape& in = at.input(0);
    Normalise norm{kind_, 1, at.config.epsilon};
    if (kind_ == NormKind::group) norm.groups = at.config.groups;
    if (kind_ == NormKind::instance) norm.groups = in.channels();
    require(in.channels() % norm.groups == 0, "groups",
            fmt::format("{} does not divide {} channels", norm.groups, in.channels()));
    at.own(PartKind::scale, {in.channels()});
    if (kind_ != NormKind::rms) at.own(PartKind::shift, {in.channels()});
    at.set_output(in);
    at.layer.operation = norm;
  }
  bool needs_input(const Layer&, const TrainingPlan&, const LayerPlan&, std::size_t) const override {
    return true;
  }

  void forward(StepState& s, int index) const override {
    const Layer& layer = s.layer(index);
    LayerTensors& t = s.tensors[index];
    Op op = own_pass(s, index);
    read_parameters(s, index, op);
    write_output(s, index, op);
    if (s.keeps(index)) {
      t.statistics = s.tensor(index, ".row_statistics", TensorClass::saved, statistics_of(layer),
                              bits_of(Precision::fp32));
      op.write(Role::statistics, t.statistics);
    }
    s.add(std::move(op));
  }

  void backward(StepState& s, int index) const override {
    const Layer& layer = s.layer(index);
    const LayerTensors& t = s.tensors[index];
    const Scope scope = s.layer_plan(index).scope;
    if (s.plan.live(layer.inputs[0])) {
      Op op = error_pass(s, index);
      read_kept(s, index, 0, op);
      op.read(Role::statistics, t.statistics);
      op.read(Role::parameters, t.weight);
      write_error(s, layer.inputs[0], op);
      s.add(std::move(op));
    }
    if (scope == Scope::bias) return emit_sum_gradient(s, index, {s.outputs(index)[0].error});
    if (scope != Scope::full) return;
    Op op = s.op(index, "wgrad", Phase::wgrad);
    op.run(layer.operation, s.elements(layer.out), Derivative::parameters);
    read_errors(s, index, op);
    read_kept(s, index, 0, op);
    op.read(Role::statistics, t.statistics);
    write_gradient(s, index, op);
    s.add(std::move(op));
  }

 private:
  /// Mean and deviation (rms: the root) of each row or group.
  Shape statistics_of(const Layer& layer) const {
    const std::int64_t groups = std::get<Normalise>(layer.operation).groups;
    if (kind_ == NormKind::layer) return layer.out.with_channels(2);
    if (kind_ == NormKind::rms) return layer.out.with_channels(1);
    return Shape::vector(2 * groups);
  }

  NormKind kind_;
};

}  // namespace

const LayerKind& batch_norm_kind() {
  static const BatchNormKind kind;
  return kind;
}

const LayerKind& row_norm_kind(NormKind norm) {
  static const RowNormKind layer(NormKind::layer), group(NormKind::group), instance(NormKind::instance),
      rms(NormKind::rms);
  switch (norm) {
    case NormKind::layer:
      return layer;
    case NormKind::group:
      return group;
    case NormKind::instance:
      return instance;
    case NormKind::rms:
      return rms;
    case NormKind::batch:
      break;
  }
  KILN_CHECK(false, "no row norm {}", static_cast<int>(norm));
}

}  // namespace kiln::workload
