// SPDX-License-Identifier: MIT
// Layers with weights on the MAC array, with bias, norm and activation behind the product: convolutions and
// linear layers. Internal to workload.
#pragma once

#include "workload/layer_kind.h"

namespace kiln::workload {

class WeightedKind : public LayerKind {
 public:
  bool needs_input(const Layer&, const TrainingPlan&, const LayerPlan& own, std::size_t) const override {
    return own.scope == Scope::full || own.scope == Scope::lora;
  }
  bool is_weighted() const override { return true; }
  bool takes_norm() const override { return true; }
  void forward(StepState&, int layer) const override;
  void backward(StepState&, int layer) const override;
};

}  // namespace kiln::workload
