// SPDX-License-Identifier: MIT
// Steps on the simulated chip: single ones at a fixed operating point, or coupled to heat and governor.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <tuple>
#include <vector>

#include "run/device.h"
#include "run/prepare.h"
#include "run/run.h"
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
  soc::AuditInput audit;
};

/// What the device did over the part of the run that is reported.
struct Observed {
  double time_s = 0;  ///< device time covered
  double steps = 0;   ///< training steps completed in it (fractions of the last one included)
  double dynamic_j = 0, static_j = 0;
  double peak_power_w = 0;
  double throttled_s = 0;     ///< below the highest level, or with memory slowed
  double refresh_s = 0;       ///< with more than the nominal refresh rate
  double frequency_time = 0;  ///< integral of frequency, for the mean
  bool shut_down = false;
  std::string shutdown_reason;
  std::vector<double> peak_block_c;  ///< by floorplan block
  double peak_skin_c = 0;
  std::vector<PeriodRecord> series;
  sim::OperatingPoint point;  ///< in force for most of the time
};

class Simulator {
 public:
  Simulator(const ExperimentConfig& experiment, const Prepared& prepared, const RunOptions& options);

  /// The step at this operating point, simulated when first asked for.
  const SimulatedStep& step_at(const sim::OperatingPoint& point);
  /// Hot, as in use: the governor's fixed point or the average of its limit cycle.
  Observed steady();
  /// From cold: whole steps in the kernel with heat and governor in the loop.
  Observed detailed(std::int64_t steps);
  /// From cold, replaying signatures.
  Observed replay(double duration_s);

  Device& device() { return device_; }
  soc::Plant& plant() { return plant_; }
  std::size_t operating_points_met() const { return steps_.size(); }

 private:
  using Key = std::tuple<int, double, double>;
  /// Advances the device by one control period of replayed work.
  PeriodRecord replay_period(Observed& observed);
  void observe(Observed& observed, const PeriodRecord& period) const;
  void settle_at(const sim::OperatingPoint& point);
  std::vector<double> mean_power_w(const sim::OperatingPoint& point);
  void add_ripple(Observed& observed, const sim::OperatingPoint& point);
  double step_interval_s(const sim::OperatingPoint& point);
  void check_interrupted() const;
  SimulatedStep simulate(const sim::OperatingPoint& point, base::TimePs slice, const soc::SliceHook& hook);
  std::vector<std::pair<base::TimePs, base::TimePs>> audit_windows() const;

  const ExperimentConfig& experiment_;
  const Prepared& prepared_;
  const RunOptions& options_;
  Device device_;
  soc::Plant plant_;
  std::map<Key, SimulatedStep> steps_;

  // State of the replay
  sim::OperatingPoint point_;
  double work_ = 0;  ///< fraction of the present step
  double stall_left_s_ = 0;
  double since_step_s_ = 0;  ///< since the present step began, for a fixed rate
};

}  // namespace kiln::run
