// SPDX-License-Identifier: MIT
// What memory gives back of what is written to it: values rounded to the format of the tensor, and wrong
// where cells fail. Operands of products are rounded to the array's format where that is narrower.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <vector>

#include "learning/faults/memory_cells.h"
#include "learning/learning_config.h"
#include "learning/step_context.h"
#include "workload/training_config.h"
#include "workload/training_plan.h"

namespace kiln::learning {

class StoredValues : public MemoryModel {
 public:
  StoredValues(const workload::StepGraph& graph, const workload::TrainingPlan& plan,
               const workload::PrecisionConfig& precision, const FormatsConfig& formats, std::uint64_t seed);

  /// From now on: of this step. Counts begin anew.
  void begin_step(std::int64_t step);
  /// Cells that fail from now on, among the targets; nothing: none.
  void set_faults(MemoryCells* cells, const FaultTargets& targets, MemoryLayout layout);

  void written(workload::TensorId tensor, int worker, std::span<float> values) override;
  void written_gradient(workload::TensorId tensor, int worker, std::span<float> values,
                        std::span<const Stretch> parts) override;
  void sent_gradient(workload::TensorId tensor, int worker, std::span<float> values, bool coded) override;
  void written_residual(int layer, int worker, std::span<float> values) override;
  std::span<const float> operand(const workload::Op& op, workload::TensorId tensor,
                                 std::span<const float> values, std::vector<float>& scratch) override;

  const NumberFormat& format(workload::TensorId tensor) const {
    return of_tensor_[static_cast<std::size_t>(tensor)];
  }
  /// Of the errors of this step.
  const RoundingCounts& errors() const { return errors_; }
  const FaultCounts& faults() const { return faults_; }
  /// Nothing is rounded and no cell fails: it need not be asked.
  bool is_exact() const;

 private:
  NumberFormat format_of(const workload::Tensor& tensor, const workload::PrecisionConfig& precision) const;
  compression::Noise noise(workload::TensorId tensor, int worker, std::uint32_t purpose) const;
  bool is_target(const workload::Tensor& tensor) const;
  void round(workload::TensorId tensor, int worker, std::span<float> values);
  void pass_supply(workload::TensorId tensor, const TensorPlace& place, int worker, std::span<float> values,
                   const Stretch& of);
  /// What is read of a stretch of a tensor's values from where they lie.
  void pass_cells(workload::TensorId tensor, const TensorPlace& place, int worker, std::span<float> values,
                  const Stretch& of, std::uint32_t purpose);

  const workload::StepGraph& graph_;
  FormatsConfig formats_;
  std::vector<NumberFormat> of_tensor_;
  std::uint64_t seed_;
  std::int64_t step_ = 0;
  MemoryCells* cells_ = nullptr;
  FaultTargets targets_;
  MemoryLayout layout_;
  RoundingCounts errors_;
  FaultCounts faults_;
};

}  // namespace kiln::learning
