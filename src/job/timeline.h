// SPDX-License-Identifier: MIT
// A job on its device under one governor: control periods until it is done, or cannot be.
#pragma once

#include "job/outcome.h"
#include "job/supply.h"
#include "run/monitor.h"
#include "run/replay.h"

namespace kiln::job {

class Timeline {
 public:
  /// All must outlive it. `steps` are the job's, whatever the governor.
  Timeline(const JobConfig& job, const experiment::ExperimentConfig& experiment, JobSteps& steps,
           const run::Monitor& monitor);

  /// Throws base::SimError when a law of conservation is broken.
  Outcome run();
  /// As it is now.
  const device::Device& device() const { return device_; }

 private:
  void begin_period();
  bool sleeps() const;
  double period_s() const;
  double charge() const;
  void book(double dt_s);
  void book_energy(double dt_s);
  void book_epochs(double dt_s);
  bool over();
  std::optional<double> mains_j(const EnergyBooks& energy) const;
  void check_conservation(const Outcome& outcome) const;

  const JobConfig& job_;
  const run::Monitor& monitor_;
  device::Device device_;
  Supply supply_;
  Lifetime lifetime_;
  double rated_a_ = 1;  ///< of the chip: rated power at the highest voltage
  Agenda agenda_;
  JobWork work_;
  std::optional<run::Replay> replay_;
  Outcome outcome_;
  run::Observed all_;
  double source_w_ = 0, harvest_w_ = 0, link_w_ = 0;
  EpochRow epoch_;  ///< not over yet
  double epoch_frequency_time_ = 0;
  std::int64_t trained_before_ = 0;
  pdn::Battery::Books battery_before_;
};

}  // namespace kiln::job
