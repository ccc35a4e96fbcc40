// SPDX-License-Identifier: MIT
// The simulated chip: builds the SystemC platform from the configuration and runs training steps on it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lowering/program.h"
#include "soc/platform.h"
#include "soc/recording.h"
#include "soc/soc_config.h"
#include "soc/step_record.h"
#include "soc/step_request.h"
#include "stats/metrics.h"
#include "stats/trace.h"

namespace kiln::soc {

class Plant {
 public:
  Plant(const SocConfig& soc, const ChipPlan& plan, const lowering::LoweredStep& step,
        std::vector<std::string> op_names, base::TimePs ledger_window, const sim::Fidelities& fidelity,
        const dram::MemoryFactory& make_memory = make_memory_port);
  ~Plant();
  Plant(const Plant&) = delete;
  Plant& operator=(const Plant&) = delete;

  /// Between steps: what later steps execute, and the names of its operations. The step must outlive them.
  void load(const lowering::LoweredStep& step, std::vector<std::string> op_names) {
    step_ = &step;
    op_names_ = std::move(op_names);
  }
  /// Takes effect now; models settle what is in flight and plan on.
  void set_operating_point(const sim::OperatingPoint& point);
  const sim::OperatingPoint& operating_point() const;

  /// Between steps: the chip as when it was built, at this operating point, so that what a step does depends
  /// on nothing that ran before it.
  void restart(const sim::OperatingPoint& point);

  /// Between steps: how many instructions the host takes from now on, and how fast.
  void set_host(const HostConfig& host) { platform_->host->set_times(host); }

  /// Stops the core clock for this long, as while a PLL locks: nothing is issued or computed.
  void hold(base::TimePs duration);
  /// Of the present step so far.
  const std::vector<Progress>& progress() const;
  /// Counts of the present step so far, by ledger block.
  std::vector<stats::Counts> activity();

  /// Of the present step so far, as its parts count.
  PartCounts part_counts();

  /// Runs one step to its end. Throws SimError with the state of every unit when nothing moves any more, and
  /// when a conservation law is broken.
  StepRecord run_step(const StepRequest& request);
  /// What reaches network and memory in these windows of the next step is handed to `hook`, window by window.
  void record(std::vector<RecordedWindow> windows, RecordingHook hook);

  /// Of the last step.
  stats::Group& stats();
  const stats::Trace& trace() const;
  const std::vector<std::string>& ledger_blocks() const;

 private:
  std::string describe_state() const;
  void check_conservation() const;
  void record_tiles(StepRecord& record, base::TimePs begin) const;
  void record_traffic(StepRecord& record) const;
  void record_exertions(StepRecord& record, base::TimePs begin) const;
  TrafficTotals totals() const;
  bool finished() const;
  base::TimePs watch_windows(base::TimePs begin, base::TimePs until);
  void hand_over(const RecordedWindow& window, base::TimePs begin) const;

  SocConfig soc_;
  const lowering::LoweredStep* step_;
  std::vector<std::string> op_names_;
  std::unique_ptr<Platform> platform_;
  std::vector<RecordedWindow> windows_;  ///< not yet over
  RecordingHook hook_;
};

}  // namespace kiln::soc
