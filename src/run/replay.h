// SPDX-License-Identifier: MIT
// Long horizons: step signatures through power, heat, sensors and governor, one control period after another.
#pragma once

#include <optional>

#include "device/device.h"
#include "run/observed.h"
#include "run/step_store.h"

namespace kiln::run {

class Replay {
 public:
  /// Both must outlive it. Begins at the highest operating point, at the start of a step.
  Replay(StepStore& steps, device::Device& device)
      : steps_(steps),
        device_(device),
        phases_(steps.at(device.top_point()).signature),
        interval_s_(steps.rate_interval_s()) {
    move_to(device.top_point());
  }

  /// Advances the device by one control period; adds what happened to `observed`. An operating point that was
  /// not met before is simulated.
  void period(Observed& observed);
  /// From ambient temperature for `duration_s` of device time.
  Observed run(double duration_s);

  const sim::OperatingPoint& point() const { return point_; }
  void move_to(const sim::OperatingPoint& point);

 private:
  /// Work of the next `dt_s`: its energies go to `energy_j_`, its steps to `observed`.
  device::Stretch work_for(double dt_s, Observed& observed);
  double do_work(double left_s, device::Stretch& stretch, Observed& observed);

  StepStore& steps_;
  device::Device& device_;
  sim::OperatingPoint point_;
  const Signature* signature_ = nullptr;  ///< of the point
  /// Phase by share of work, taken from the highest operating point and used at all points. Tiles drift apart
  /// a little differently at each point; with their own phases, per_phase could see work go backwards.
  const Signature& phases_;
  double interval_s_;        ///< least time from step to step: that of a fixed rate
  double work_ = 0;          ///< fraction of the present step
  double stall_left_s_ = 0;  ///< while the PLL locks
  double since_step_s_ = 0;  ///< since the present step began, for a fixed rate
  bool off_ = false;
  std::optional<double> first_off_s_;
  std::vector<double> energy_j_;
};

}  // namespace kiln::run
