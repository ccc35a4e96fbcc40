// SPDX-License-Identifier: MIT
#include "learning/judge.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "learning/kernels/product.h"
#include "workload/expand.h"

namespace kiln::learning {

using workload::kNone;
using workload::Part;
using workload::PartKind;
using workload::TensorId;

namespace {

constexpr std::int64_t kBatch = 250;

workload::TrainingConfig inference_of(workload::TrainingConfig training, std::int64_t samples) {
  training.kind = workload::TrainingKind::none;
  training.batch = std::min(kBatch, samples);
  training.micro_batches = 1;
  training.recompute = {};
  training.loss_chunk.reset();
  training.loss_scaling = {};
  training.distillation.reset();
  return training;
}

std::span<float> part_of(StepExecutor& executor, TensorId id, const Part& part) {
  return executor.tensors().all(id).subspan(static_cast<std::size_t>(part.offset),
                                            static_cast<std::size_t>(part.elements()));
}

}  // namespace

Judge::Judge(const workload::Network& network, const workload::TrainingConfig& training,
             const Dataset& samples, const DataConfig& data, const FormatsConfig& formats, std::uint64_t seed)
    : network_(network),
      training_(inference_of(training, samples.size())),
      samples_(samples),
      data_(data),
      graph_(workload::expand(network, training_)),
      executor_(graph_, {&network}, 1),
      memory_(graph_, workload::plan_training(network, training_), training_.precision, formats, seed) {
  for (const workload::Op& op : graph_.ops)
    if (const TensorId result = find_operand(op.outputs, workload::Role::result); result != kNone)
      output_ = result;
  executor_.context().memory = &memory_;
}

void Judge::take(StepExecutor& trained, const RunningNorms& norms) {
  for (const workload::Tensor& block : graph_.tensors) {
    if (block.cls != workload::TensorClass::weight || !block.persistent) continue;
    take_layer(block, trained, norms);
    executor_.tensors().touch(block.id);
  }
}

void Judge::take_layer(const workload::Tensor& block, StepExecutor& trained, const RunningNorms& norms) {
  const workload::StepGraph& from = trained.graph();
  const std::string layer = block.name.substr(0, block.name.rfind('.'));
  const TensorId sources[] = {find_tensor(from, layer + ".trained"), find_tensor(from, block.name)};
  const auto source_of = [&](PartKind kind) -> std::span<float> {
    for (const TensorId id : sources)
      if (id != kNone)
        if (const Part* part = find_part(from.tensors[static_cast<std::size_t>(id)], kind))
          return part_of(trained, id, *part);
    return {};
  };
  for (const Part& part : block.parts) {
    const std::span<const float> values = source_of(part.kind);
    KILN_CHECK(!values.empty(), "{} has a part that its training lacks", block.name);
    std::copy(values.begin(), values.end(), part_of(executor_, block.id, part).begin());
  }
  if (const std::span<const float> down = source_of(PartKind::low_rank_down); !down.empty())
    add_low_rank(down, source_of(PartKind::low_rank_up), block);
  if (const auto norm = norms.layers().find(layer); norm != norms.layers().end()) {
    const std::span<float> scale = part_of(executor_, block.id, *find_part(block, PartKind::scale)),
                           shift = part_of(executor_, block.id, *find_part(block, PartKind::shift));
    for (std::size_t c = 0; c < scale.size(); ++c) {
      scale[c] /= std::sqrt(norm->second.square[c]);
      shift[c] -= norm->second.mean[c] * scale[c];
    }
  }
  if (training_.quantisation_aware)
    if (const Part* weight = find_part(block, PartKind::weight)) {
      NumberFormat format;
      format.precision = training_.quantisation_aware->weights;
      round_to(format, part_of(executor_, block.id, *weight), {});
    }
}

/// W += alpha / rank B A, of each expert where the weights are those of a mixture.
void Judge::add_low_rank(std::span<const float> down, std::span<const float> up,
                         const workload::Tensor& block) {
  const Part& part = *find_part(block, PartKind::weight);
  const std::span<float> weights = part_of(executor_, block.id, part);
  const std::vector<base::MatrixShape> matrices = workload::matrices_of({part});
  const std::int64_t outputs = matrices.front().rows, inputs = matrices.front().columns;
  const auto count = static_cast<std::int64_t>(matrices.size());
  const std::int64_t rank = static_cast<std::int64_t>(down.size()) / (count * inputs);
  std::vector<float> scaled_up(up.begin(), up.end());
  const double scale = workload::lora_scale(training_, static_cast<std::int32_t>(rank));
  for (float& value : scaled_up) value *= static_cast<float>(scale);
  for (std::int64_t i = 0; i < count; ++i)
    multiply(outputs, inputs, rank, {scaled_up.data() + i * outputs * rank, rank, false},
             {down.data() + i * rank * inputs, inputs, false}, weights.data() + i * outputs * inputs, inputs,
             true);
}

std::map<std::string, std::vector<float>> Judge::weights() {
  std::map<std::string, std::vector<float>> weights;
  for (const workload::Tensor& block : graph_.tensors)
    if (block.cls == workload::TensorClass::weight && block.persistent) {
      const std::span<const float> values = executor_.tensors().all(block.id);
      weights[block.name].assign(values.begin(), values.end());
    }
  return weights;
}

LossTotals Judge::judge() {
  memory_.begin_step(-1);
  for (const workload::Tensor& block : graph_.tensors)
    if (block.cls == workload::TensorClass::weight && block.persistent)
      memory_.written(block.id, 0, executor_.tensors().all(block.id));
  const Batches batches(samples_, data_, network_, 0, -1);
  const std::int64_t count = samples_.size(), batch = graph_.batch;
  LossTotals totals;
  for (std::int64_t first = 0; first < count; first += batch) {
    Targets targets;
    executor_.step(0, {},
                   [&](int, std::span<float> input, Targets&) { batches.fill(first, input, targets); });
    const std::span<const float> outputs = executor_.tensors().all(output_);
    const auto used = static_cast<std::size_t>(std::min(batch, count - first));
    const std::size_t per_sample = outputs.size() / static_cast<std::size_t>(batch);
    if (network_.loss == workload::LossKind::cross_entropy) {
      const auto classes = static_cast<std::size_t>(network_.layers.back().out.channels());
      totals += cross_entropy(outputs.first(used * per_sample),
                              std::span(targets.classes).first(used * per_sample / classes), classes, 1, {});
    } else {
      totals += mean_squared_error(outputs.first(used * per_sample),
                                   std::span(targets.values).first(used * per_sample), 1, {});
    }
  }
  return totals;
}

}  // namespace kiln::learning
