// SPDX-License-Identifier: MIT
// Training steps simulated in the SystemC kernel, one per operating point, kept for replay.
#pragma once

#include <functional>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "device/chip_power.h"
#include "experiment/prepare.h"
#include "run/monitor.h"
#include "run/signature.h"
#include "soc/audit.h"
#include "soc/plant.h"

namespace kiln::run {

/// A step simulated once at an operating point; long horizons replay it.
struct SimulatedStep {
  soc::StepRecord record;
  Signature signature;
  std::vector<stats::Sample> metrics;  ///< what the models counted
  stats::Trace trace;
  soc::Audit audit;
};

class StepStore {
 public:
  /// All arguments must outlive it. `top_hz` is the clock of the highest operating point.
  StepStore(const experiment::ExperimentConfig& experiment, const experiment::Prepared& prepared,
            const device::ChipPower& power, double top_hz, const Monitor& monitor);

  /// The step at this operating point, simulated when first asked for.
  const SimulatedStep& at(const sim::OperatingPoint& point);
  /// Runs the next step in the kernel whatever is kept, after what ran before it.
  SimulatedStep simulate(const sim::OperatingPoint& point, soc::StepRequest request);
  /// Keeps a step for its operating point; it must not have changed the point on the way.
  const SimulatedStep& keep(SimulatedStep step);

  /// From one step to the next at the rate asked for; 0: back to back.
  double rate_interval_s() const;
  /// Time from one step to the next at this operating point: its duration, or longer at a fixed rate.
  double interval_s(const sim::OperatingPoint& point);
  /// Mean dynamic power of each block over that interval.
  std::vector<double> mean_power_w(const sim::OperatingPoint& point);
  /// Share of the interval with a step running.
  double busy_share(const sim::OperatingPoint& point) {
    return at(point).signature.duration_s() / interval_s(point);
  }

  soc::Plant& plant() { return plant_; }
  std::size_t size() const { return steps_.size(); }
  /// Throws base::Stopped when the run shall end.
  void check_watch() const { monitor_.watch.check(); }
  void report(double share, const std::string& what) const;

 private:
  using Key = std::tuple<int, double, double>;
  static Key key(const sim::OperatingPoint& point) {
    return {point.level, point.memory_clock_factor, point.refresh_rate};
  }
  std::vector<soc::RecordedWindow> audit_windows() const;
  /// Share of the present step's work that is done.
  double share_done();

  const experiment::ExperimentConfig& experiment_;
  const experiment::Prepared& prepared_;
  const device::ChipPower& power_;
  double top_hz_;
  const Monitor& monitor_;
  soc::Plant plant_;
  double whole_work_ = 0;  ///< of a step, in the units of soc::Progress; counted when first asked for
  bool audit_ahead_ = true;
  std::map<Key, SimulatedStep> steps_;
};

}  // namespace kiln::run
