// SPDX-License-Identifier: MIT
// Long horizons: step signatures through power, heat, sensors and governor, one control period after another.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "device/device.h"
#include "run/observed.h"
#include "run/step_store.h"
#include "run/work.h"

namespace kiln::run {

class Replay {
 public:
  /// The step of `steps`, again and again. Both must outlive it. Begins at the highest operating point, at
  /// the start of a step.
  Replay(StepStore& steps, device::Device& device);
  /// Other work, which is told of the point that it begins at. Both must outlive it.
  Replay(Work& work, device::Device& device);

  /// Advances the device by one control period; adds what happened to `observed`. An operating point that was
  /// not met before is simulated.
  void period(Observed& observed) { period(observed, device_.control_period_s()); }
  /// The same over a stretch of its own length, with one decision at its end.
  void period(Observed& observed, double dt_s);
  /// From ambient temperature for `duration_s` of device time, watched through `steps`.
  Observed run(StepStore& steps, double duration_s);

  const sim::OperatingPoint& point() const { return point_; }
  bool off() const { return off_ || switched_off_; }
  /// The device is switched off from now on, or on again, whatever its governor says.
  void switch_off(bool off) { switched_off_ = off; }

 private:
  std::unique_ptr<Work> own_work_;
  Work& work_;
  device::Device& device_;
  sim::OperatingPoint point_;
  bool off_ = false, switched_off_ = false;
  std::optional<double> first_off_s_;
  std::vector<double> energy_j_;
};

}  // namespace kiln::run
