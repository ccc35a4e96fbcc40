// SPDX-License-Identifier: MIT
// Training steps at rest, one per operating point: simulated when first asked for, kept for replay, and kept
// on disk for every later run to which they are the same.
#pragma once

#include <map>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "governor/operating_point.h"
#include "output/cache.h"
#include "run/step_simulator.h"

namespace kiln::run {

class StepStore {
 public:
  /// All arguments must outlive it. `top_hz` is the clock of the highest operating point.
  StepStore(const experiment::ExperimentConfig& experiment, const experiment::Prepared& prepared,
            const device::ChipPower& power, double top_hz, const Monitor& monitor, output::Cache cache = {});

  /// From now on steps are those of the experiment in this way, `step` lowered accordingly; the latter must
  /// outlive them.
  void load(const experiment::Way& way, const lowering::LoweredStep& step);
  /// The step at this operating point; where the rail makes the clock stretch, at the clock that is left.
  const SimulatedStep& at(const sim::OperatingPoint& point);
  /// Steps of this store and of another one are simulated on one plant; see StepSimulator.
  void share_plant(const StepStore& other) { simulator_.share_plant(other.simulator_); }
  /// How far its bulk engines are from the exact ones; simulates it once more when an earlier run did not
  /// ask.
  soc::AuditResult audit(const sim::OperatingPoint& point);
  /// For steps that follow one another.
  StepSimulator& simulator() { return simulator_; }
  /// Keeps a step for its operating point, for this run only; it must not have changed the point on the way.
  const SimulatedStep& keep(SimulatedStep step);
  /// Forgets what was simulated of other ways.
  void keep_this_way();

  /// Of a chip that counts the same as this one, with other joules: its steps are taken. At most `fresh`
  /// points that it has not met are simulated there; then `at` throws base::SimError. `other` must outlive
  /// it.
  void borrow_from(StepStore& other, int fresh) {
    source_ = &other;
    fresh_ = fresh;
  }

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

  /// What the step at these clocks makes of the rail at this voltage, which no step needs to have met.
  SupplyResponse supply_at(const sim::OperatingPoint& point);
  /// The voltages of all levels are these from now on: what was simulated is charged by them.
  void set_voltages(std::span<const governor::OperatingPoint> levels);
  /// Whether chip or memory has a rail, so that every step of `at` has a response of it.
  bool feels_supply() const { return experiment_.soc.rail || experiment_.soc.memory.rail; }

  /// Where steps are kept on disk.
  const output::Cache& cache() const { return cache_; }

  /// Throws base::Stopped when the run shall end.
  void check_watch() const { monitor_.watch.check(); }
  void report(double share, const std::string& what) const { monitor_.report(share, what); }

 private:
  using Key = std::tuple<int, double, double>;
  using Steps = std::map<Key, SimulatedStep>;
  static Key key(const sim::OperatingPoint& point) {
    return {point.level, point.memory_clock_factor, point.refresh_rate};
  }
  void identify();
  Steps& steps();  ///< of the present way
  /// What it is known by on disk: `what` is "step" or what an audit depends on.
  std::string disk_key(const sim::OperatingPoint& point, const std::string& what) const;
  SimulatedStep from_disk_or_kernel(const sim::OperatingPoint& point);
  SimulatedStep supplied(SimulatedStep step);
  SimulatedStep clocked(const sim::OperatingPoint& left, const SimulatedStep& step);
  SimulatedStep trained(const sim::OperatingPoint& at, SimulatedStep step);

  const experiment::ExperimentConfig& experiment_;
  const experiment::Prepared& prepared_;
  const device::ChipPower& power_;
  const Monitor& monitor_;
  StepSimulator simulator_;
  output::Cache cache_;
  experiment::Way way_;
  std::string identity_;
  StepStore* source_ = nullptr;
  int fresh_ = 0;
  std::vector<std::pair<experiment::Way, Steps>> steps_;
};

}  // namespace kiln::run
