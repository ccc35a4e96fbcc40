// SPDX-License-Identifier: MIT
// A kind of device: its experiment, prepared, and its training step at every operating point that was met.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <tuple>

#include "batch/processes.h"
#include "device/device.h"
#include "experiment/prepare.h"
#include "run/simulated_step.h"

namespace kiln::fleet {

/// Steps are simulated in processes of their own, since SystemC has one kernel a process.
class DeviceKind {
 public:
  /// Prepares the experiment; throws ConfigError as a run does.
  DeviceKind(const experiment::ExperimentConfig& experiment, const batch::BatchOptions& options);
  /// The same on a chip with other joules, which counts the same: its steps are those of `nominal`, which
  /// must outlive it.
  DeviceKind(DeviceKind& nominal, const soc::SocConfig& chip);

  const experiment::ExperimentConfig& experiment() const { return experiment_; }
  const experiment::Prepared& prepared() const { return prepared_; }
  const base::Watch& watch() const { return options_.watch; }
  /// Chooses the mapping and simulates the step at the highest operating point. The first to be called.
  void simulate_first();
  /// The step at an operating point; simulated when it is met for the first time. Throws SimError when that
  /// fails.
  const run::Signature& at(const sim::OperatingPoint& point);
  /// The step at the highest operating point; simulate_first() has been called.
  const run::Signature& first_step() const { return first_simulated().signature; }
  /// The same with all that it counted.
  const run::SimulatedStep& first_simulated() const;
  /// A device of this kind in an ambient, at its temperature.
  std::unique_ptr<device::Device> make_device(double ambient_c) const;
  /// One of this kind's chips as a die of a package; `package` is what its dies share, and where its own heat
  /// is: under the experiment of `as_die`.
  std::unique_ptr<device::Device> make_die(const thermal::PackageConfig& config,
                                           std::shared_ptr<device::HeatedPackage> package,
                                           std::size_t die) const;
  /// Least time from step to step, of a fixed rate of samples; 0 without.
  double interval_s() const;

 private:
  using Key = std::tuple<int, double, double>;
  static Key key_of(const sim::OperatingPoint& point);
  std::string simulated(const sim::OperatingPoint& point, bool choose);
  void take(const std::string& answer, const sim::OperatingPoint& point);
  const run::SimulatedStep& simulated_at(const sim::OperatingPoint& point);

  experiment::ExperimentConfig experiment_;
  batch::BatchOptions options_;
  experiment::Prepared prepared_;
  std::unique_ptr<device::Device> first_;  ///< never run: what steps are simulated for
  DeviceKind* nominal_ = nullptr;          ///< whose steps these are; null: its own
  std::map<Key, run::SimulatedStep> steps_;
};

}  // namespace kiln::fleet
