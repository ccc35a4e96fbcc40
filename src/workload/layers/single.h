// SPDX-License-Identifier: MIT
// Layers that read one value and spread its error over that again, without weights: pools, slices, pads,
// views. Internal to workload.
#pragma once

#include "workload/layer_kind.h"

namespace kiln::workload {

class SingleKind : public LayerKind {
 public:
  void forward(StepState&, int layer) const override;
  void backward(StepState&, int layer) const override;

 protected:
  /// Elements of one sample that the forward operation visits.
  virtual std::int64_t visited(const Layer& layer) const { return layer.out.elements(); }
  /// The same of its backward operation.
  virtual std::int64_t visited_back(const Layer& layer) const { return layer.in.elements(); }
  /// Creates what the backward pass needs besides the error, and lets `op` write it.
  virtual void keep(StepState&, int /*layer*/, struct Op&) const {}
};

}  // namespace kiln::workload
