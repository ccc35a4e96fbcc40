// SPDX-License-Identifier: MIT
// A device as a pipeline sees it: it makes a step of a stage when it is told to.
#pragma once

#include "fleet/worker.h"

namespace kiln::pipeline {

class Machine {
 public:
  virtual ~Machine() = default;
  /// Begins a step of a stage at `now_s`; none is running.
  virtual void start(std::size_t stage, double now_s) = 0;
  /// The next moment at which it wants to be moved on: the end of the step or of a control period.
  virtual double next_s() const = 0;
  /// On to that moment; true when the step ends with it.
  virtual bool move_on(double now_s) = 0;
  /// The end of all, not after next_s().
  virtual void finish(double now_s) = 0;
  virtual const fleet::WorkerBooks& books() const = 0;
  /// Of books().device_j, while steps of the stage ran.
  virtual double joules(std::size_t stage) const = 0;
};

}  // namespace kiln::pipeline
