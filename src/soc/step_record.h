// SPDX-License-Identifier: MIT
// What one simulated step did, without the chip that did it.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "base/time.h"
#include "dram/exertion.h"
#include "noc/traffic.h"
#include "npu/tile_books.h"
#include "stats/ledger.h"
#include "stats/metrics.h"
#include "workload/step_graph.h"

namespace kiln::soc {

/// How far a step had come when a tile finished a task.
struct Progress {
  base::TimePs time = 0;                             ///< since step begin
  std::int64_t work = 0;                             ///< task weights done by then
  workload::Phase phase = workload::Phase::forward;  ///< of the work that follows
  double computed_s = 0;                             ///< so far, mean over tiles
  double array_busy_s = 0;                           ///< of it, on the array
  double queue_share = 0;                            ///< of all write windows, in use
};

struct TrafficTotals {
  std::int64_t dram_read = 0, dram_write = 0, dram_gradient = 0;
  std::int64_t noc_payload = 0, noc_wire = 0, noc_gradient = 0;
  bool operator==(const TrafficTotals&) const = default;
  TrafficTotals& operator+=(const TrafficTotals& more);
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

/// What the parts have counted so far.
struct PartCounts {
  std::vector<stats::Sample> metrics;
  std::vector<std::array<std::uint64_t, noc::kDirections>> link_flits;
  TrafficTotals traffic;
};

/// Of a step in which only some of many equal blocks of layers were simulated, the others repeated.
struct Repeated {
  double share = 0;  ///< of the step's time, repeated
  double error = 0;  ///< of the step's time, if blocks go on differing as the simulated ones do
};

/// What one step did, at the operating points it ran at. All times count from its begin.
struct StepRecord {
  base::TimePs duration = 0;
  std::vector<stats::Window> windows;  ///< cut at operating-point changes
  stats::WorkCounts by_layer_and_phase;
  std::map<stats::WorkKey, WorkRecord> work;
  std::array<double, npu::kPhases> exclusive_s{};  ///< mean over tiles; sums to the step
  double last_tile_wait_s = 0;  ///< from a tile's last store to the end of the step, mean over tiles
  /// Of the slowest tile: the others wait for it in that one.
  workload::Phase last_phase = workload::Phase::forward;
  std::array<double, npu::kPhases> busy_s{};
  std::array<double, npu::kStalls> stalled_s{};  ///< mean over tiles
  double array_busy_s = 0;                       ///< mean over tiles
  double memory_wait_s = 0, network_wait_s = 0;  ///< summed over bursts: where data stalls come from
  TrafficTotals traffic;
  std::vector<std::array<std::uint64_t, noc::kDirections>> link_flits;  ///< by router and direction
  /// By tile; kept of a chip with a rail, which feels them.
  std::vector<std::vector<npu::TaskSpan>> task_spans;
  /// Of all channels, in no order; kept of a chip whose memory has a rail. They are those of the part of the
  /// step that was simulated.
  dram::ExertionLog memory_exertions;
  base::TimePs exertions_end = 0;  ///< duration of that part
  std::vector<Progress> progress;  ///< in order of time
  std::int64_t macs = 0;
  std::int64_t kernel_events = 0;  ///< delta cycles of the SystemC kernel
  Repeated repeated;
  double duration_s() const { return base::to_seconds(duration); }
};

}  // namespace kiln::soc
