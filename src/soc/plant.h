// SPDX-License-Identifier: MIT
// The simulated chip: builds the SystemC platform from the configuration and runs training steps on it.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lowering/program.h"
#include "lowering/target.h"
#include "soc/floorplan.h"
#include "soc/platform.h"
#include "soc/recording.h"
#include "soc/soc_config.h"
#include "stats/ledger.h"
#include "stats/metrics.h"
#include "stats/trace.h"

namespace kiln::soc {

/// The hardware as lowering sees it.
lowering::Target make_target(const SocConfig& soc, lowering::Objective objective);
/// What its arrays weigh dataflows by: SRAM energies, and the chip's clock trees and leakage (at the
/// reference temperature, shared by the tiles) at nominal voltage and highest clock. Time needs no energy per
/// cycle: ties take equally long.
lowering::DataflowRule dataflow_rule(const SocConfig& soc, lowering::Objective objective);

struct TrafficTotals {
  std::int64_t dram_read = 0, dram_write = 0, dram_gradient = 0;
  std::int64_t noc_payload = 0, noc_wire = 0, noc_gradient = 0;
  bool operator==(const TrafficTotals&) const = default;
};

/// What a layer in a phase had of the chip; times are means over tiles.
struct WorkRecord {
  double exclusive_s = 0;  ///< computing and stalled
  double computing_s = 0;
  std::array<double, npu::kStalls> stalled_s{};
  std::int64_t dram_read_bytes = 0, dram_write_bytes = 0;
  std::int64_t flit_hops = 0, coded_words = 0;
  double memory_wait_s = 0, network_wait_s = 0;  ///< summed over bursts
};

/// What one step did, at the operating points it ran at. All times count from its begin.
struct StepRecord {
  base::TimePs duration = 0;
  std::vector<stats::Window> windows;  ///< cut at operating-point changes
  std::map<stats::WorkKey, std::vector<stats::Counts>> by_layer_and_phase;
  std::map<stats::WorkKey, WorkRecord> work;
  std::array<double, npu::kPhases> exclusive_s{};  ///< mean over tiles; sums to the step
  double last_tile_wait_s = 0;  ///< from a tile's last store to the end of the step, mean over tiles
  std::array<double, npu::kPhases> busy_s{};
  std::array<double, npu::kStalls> stalled_s{};  ///< mean over tiles
  double array_busy_s = 0;                       ///< mean over tiles
  double memory_wait_s = 0, network_wait_s = 0;  ///< summed over bursts: where data stalls come from
  TrafficTotals traffic;
  std::vector<std::array<std::uint64_t, noc::kDirections>> link_flits;  ///< by router and direction
  std::vector<Progress> progress;                                       ///< in order of time
  std::int64_t macs = 0;
  std::int64_t kernel_events = 0;  ///< delta cycles of the SystemC kernel
  double duration_s() const { return base::to_seconds(duration); }
};

/// Called between slices of simulated time; may change the
/// operating point. Receives the time since step begin.
using SliceHook = std::function<void(base::TimePs since_begin)>;

/// Whether the writes that memory accepted and has not done belong to the step that ends or to the next one.
enum class StepEnd { drained, followed };

struct StepRequest {
  base::TimePs first = 0, slice = 0;  ///< `hook` is called every `slice`, for the first time after `first`
  SliceHook hook = {};                ///< may be empty
  /// Called several times per second of wall time; may be empty, may throw to end the step.
  std::function<void()> pulse = {};
  StepEnd end = StepEnd::followed;
};

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

  /// Stops the core clock for this long, as while a PLL locks: nothing is issued or computed.
  void hold(base::TimePs duration);
  /// Of the present step so far.
  const std::vector<Progress>& progress() const;
  /// Counts of the present step so far, by ledger block.
  std::vector<stats::Counts> activity();

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
  std::uint32_t steps_run_ = 0;
};

}  // namespace kiln::soc
