// SPDX-License-Identifier: MIT
#include "learning/stored_values.h"

#include <algorithm>

#include "base/error.h"

namespace kiln::learning {

using workload::Precision;
using workload::TensorClass;

namespace {

NumberFormat joined(const TensorFormatConfig& config, Precision precision) {
  return {precision, config.fp8, config.rounding, config.scale, config.step, config.block};
}

/// What random numbers are for.
enum Purpose : std::uint32_t { kRounding, kCells, kOperand, kResidualCells, kCodeCells, kResults, kOnTheWay };

/// A well-mixed key of numbers (the finaliser of SplitMix64, Steele et al., OOPSLA 2014, number by number).
std::uint32_t mixed(std::initializer_list<std::uint64_t> numbers) {
  std::uint64_t key = 0;
  for (const std::uint64_t number : numbers) {
    key += number + 0x9e3779b97f4a7c15u;
    key = (key ^ (key >> 30)) * 0xbf58476d1ce4e5b9u;
    key = (key ^ (key >> 27)) * 0x94d049bb133111ebu;
    key ^= key >> 31;
  }
  return static_cast<std::uint32_t>(key);
}

}  // namespace

StoredValues::StoredValues(const workload::StepGraph& graph, const workload::TrainingPlan& plan,
                           const workload::PrecisionConfig& precision, const FormatsConfig& formats,
                           std::uint64_t seed)
    : graph_(graph), formats_(formats), seed_(seed) {
  for (const workload::Tensor& tensor : graph.tensors) {
    const bool of_network = tensor.layer >= 0 && tensor.layer < static_cast<int>(plan.layers.size());
    of_tensor_.push_back(format_of(
        tensor, of_network ? plan.layers[static_cast<std::size_t>(tensor.layer)].precision : precision));
  }
}

NumberFormat StoredValues::format_of(const workload::Tensor& tensor,
                                     const workload::PrecisionConfig& precision) const {
  if (tensor.element != workload::ElementKind::number) return {};
  const auto format = [&]() -> NumberFormat {
    switch (tensor.cls) {
      case TensorClass::input:
      case TensorClass::activation:
        return joined(formats_.activations, precision.activations);
      case TensorClass::saved:
        return joined(formats_.saved_activations,
                      tensor.bits_per_element == bits_of(precision.saved_activations)
                          ? precision.saved_activations
                          : precision.activations);
      case TensorClass::weight:
        return joined(formats_.weights, precision.weights);
      case TensorClass::error:
        return joined(formats_.errors, precision.errors);
      case TensorClass::weight_gradient:
        return joined(formats_.gradients, precision.gradients);
      case TensorClass::optimizer_state:
        return joined(formats_.optimizer_state, precision.optimizer_state);
      case TensorClass::master_weight:
      case TensorClass::statistics:
        return {};
    }
    return {};
  }();
  // Pruned and fake-quantised blocks have widths of their own, and values that were rounded before.
  return bits_of(format.precision) == tensor.bits_per_element ? format : NumberFormat{};
}

void StoredValues::begin_step(std::int64_t step) {
  step_ = step;
  errors_ = {};
  faults_ = {};
}

void StoredValues::set_faults(MemoryCells* cells, const FaultTargets& targets, MemoryLayout layout) {
  cells_ = cells;
  targets_ = targets;
  layout_ = std::move(layout);
  KILN_CHECK(cells_ == nullptr || layout_.tensors.size() == graph_.tensors.size(), "{} places for {} tensors",
             layout_.tensors.size(), graph_.tensors.size());
}

compression::Noise StoredValues::noise(workload::TensorId tensor, int worker, std::uint32_t purpose) const {
  return {mixed({seed_, static_cast<std::uint64_t>(step_), static_cast<std::uint64_t>(tensor),
                 static_cast<std::uint64_t>(worker), purpose})};
}

bool StoredValues::is_target(const workload::Tensor& tensor) const {
  switch (tensor.cls) {
    case TensorClass::input:
    case TensorClass::statistics:
      return false;
    case TensorClass::activation:
    case TensorClass::saved:
      return targets_.activations && tensor.element == workload::ElementKind::number;
    case TensorClass::weight:
      return targets_.weights;
    case TensorClass::error:
      return targets_.errors;
    case TensorClass::weight_gradient:
      return targets_.gradients;
    case TensorClass::optimizer_state:
    case TensorClass::master_weight:
      return targets_.optimizer_state;
  }
  return false;
}

void StoredValues::round(workload::TensorId id, int worker, std::span<float> values) {
  const NumberFormat& format = of_tensor_[static_cast<std::size_t>(id)];
  if (format.is_exact()) return;
  const RoundingCounts counts = round_to(format, values, noise(id, worker, kRounding));
  if (graph_.tensors[static_cast<std::size_t>(id)].cls == TensorClass::error) errors_ += counts;
}

void StoredValues::pass_cells(workload::TensorId id, const TensorPlace& place, int worker,
                              std::span<float> values, const Stretch& of, std::uint32_t purpose) {
  if (!place.stored || !is_target(graph_.tensors[static_cast<std::size_t>(id)])) return;
  const NumberFormat& format = of_tensor_[static_cast<std::size_t>(id)];
  const auto bits = static_cast<std::uint64_t>(bits_of(format.precision));
  const std::uint64_t begin = place.address * 8 + static_cast<std::uint64_t>(worker) * values.size() * bits;
  faults_ += cells_->of(place.memory).apply(format, begin, noise(id, worker, purpose).key, values, of);
}

/// What is written was computed before, and goes to where it lies.
void StoredValues::pass_supply(workload::TensorId id, const TensorPlace& place, int worker,
                               std::span<float> values, const Stretch& of) {
  if (!is_target(graph_.tensors[static_cast<std::size_t>(id)])) return;
  const NumberFormat& format = of_tensor_[static_cast<std::size_t>(id)];
  const auto pass = [&](FaultMap& map, std::uint32_t purpose) {
    if (map.rate() > 0) faults_ += map.apply(format, 0, noise(id, worker, purpose).key, values, of);
  };
  pass(cells_->computed(), kResults);
  if (place.stored && place.memory == Memory::dram) pass(cells_->moved(), kOnTheWay);
}

void StoredValues::written(workload::TensorId id, int worker, std::span<float> values) {
  round(id, worker, values);
  if (cells_ == nullptr) return;
  pass_supply(id, layout_.tensors[static_cast<std::size_t>(id)], worker, values, {});
  pass_cells(id, layout_.tensors[static_cast<std::size_t>(id)], worker, values, {}, kCells);
}

void StoredValues::written_gradient(workload::TensorId id, int worker, std::span<float> values,
                                    std::span<const Stretch> parts) {
  round(id, worker, values);
  if (cells_ == nullptr) return;
  const TensorPlace& place = layout_.tensors[static_cast<std::size_t>(id)];
  for (const Stretch& part : parts) {
    pass_supply(id, place, worker, values, part);
    pass_cells(id, place, worker, values, part, kCells);
  }
}

/// A cell that flips what is written to it would mend it, were the same values to pass it again.
void StoredValues::sent_gradient(workload::TensorId id, int worker, std::span<float> values, bool coded) {
  round(id, worker, values);
  const auto layer = static_cast<std::size_t>(graph_.tensors[static_cast<std::size_t>(id)].layer);
  if (cells_ == nullptr || !coded || layer >= layout_.codes.size()) return;
  pass_cells(id, layout_.codes[layer], worker, values, {}, kCodeCells);
}

/// In fp32, as the chip has room for it.
void StoredValues::written_residual(int layer, int worker, std::span<float> values) {
  const auto at = static_cast<std::size_t>(layer);
  if (cells_ == nullptr || !targets_.residuals || at >= layout_.residuals.size()) return;
  const TensorPlace& place = layout_.residuals[at];
  if (!place.stored) return;
  const std::uint64_t begin = (place.address + static_cast<std::uint64_t>(worker) * values.size_bytes()) * 8;
  faults_ += cells_->of(place.memory).apply({}, begin, noise(layer, worker, kResidualCells).key, values);
}

std::span<const float> StoredValues::operand(const workload::Op& op, workload::TensorId id,
                                             std::span<const float> values, std::vector<float>& scratch) {
  const workload::Tensor& tensor = graph_.tensors[static_cast<std::size_t>(id)];
  const NumberFormat& stored = of_tensor_[static_cast<std::size_t>(id)];
  if (tensor.element != workload::ElementKind::number || bits_of(op.precision) >= bits_of(stored.precision))
    return values;
  const TensorFormatConfig& config = tensor.cls == TensorClass::weight  ? formats_.weights
                                     : tensor.cls == TensorClass::error ? formats_.errors
                                                                        : formats_.activations;
  scratch.assign(values.begin(), values.end());
  round_to(joined(config, op.precision), scratch, noise(id, op.id, kOperand));
  return scratch;
}

bool StoredValues::is_exact() const {
  const bool computes = std::all_of(graph_.ops.begin(), graph_.ops.end(),
                                    [](const workload::Op& op) { return op.precision == Precision::fp32; });
  return cells_ == nullptr && computes &&
         std::all_of(of_tensor_.begin(), of_tensor_.end(),
                     [](const NumberFormat& f) { return f.is_exact(); });
}

}  // namespace kiln::learning
