// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <numeric>

#include "report/evened.h"
#include "report/findings.h"

namespace kiln::report {

using stats::ActivityKind;
using stats::count_of;
using stats::Counts;

namespace {

constexpr double kGiga = 1e-9;
constexpr std::size_t kMostQueueSamples = 1024;  // as many as a screen is wide

/// Watts and bandwidths, window by window.
class WindowTracks {
 public:
  WindowTracks(const Findings& findings, stats::Trace& trace) : f_(findings), trace_(trace) {
    const std::vector<double> by_block_w = static_powers_w(f_);
    static_w_ = std::accumulate(by_block_w.begin(), by_block_w.end(), 0.0);
    const soc::SocConfig& soc = f_.experiment.soc;
    for (std::size_t u = 0; u < soc.units.size(); ++u)
      if (soc.units[u].kind == soc::UnitKind::memory)
        memories_.push_back({soc.units[u].name, static_cast<std::size_t>(f_.prepared.plan.unit_block[u])});
  }

  void add(const stats::Window& window) {
    const base::TimePs at = window.begin;
    const double dt = base::to_seconds(window.end - window.begin);
    if (dt <= 0) return;
    double joules = 0, memory_bytes = 0, flits = 0;
    for (std::size_t b = 0; b < window.by_block.size(); ++b) {
      const Counts& counts = window.by_block[b];
      joules += f_.device.power().dynamic_j(b, counts, f_.step.signature.point().voltage_v);
      memory_bytes += static_cast<double>(count_of(counts, ActivityKind::dram_read_byte) +
                                          count_of(counts, ActivityKind::dram_write_byte));
      flits += static_cast<double>(count_of(counts, ActivityKind::router_crossbar));
    }
    trace_.counter("power", "W", at, joules / dt + static_w_);
    trace_.counter("memory", "GB/s", at, memory_bytes / dt * kGiga);
    for (const Memory& memory : memories_) {
      const auto bytes =
          static_cast<double>(count_of(window.by_block[memory.block], ActivityKind::dram_io_byte));
      trace_.counter("channels of " + memory.name, "GB/s", at, bytes / dt * kGiga);
    }
    trace_.counter("network, all routers", "GB/s", at, flits * f_.experiment.soc.noc.link_bytes / dt * kGiga);
  }

 private:
  /// A controller with its channels.
  struct Memory {
    std::string name;
    std::size_t block;
  };

  const Findings& f_;
  stats::Trace& trace_;
  double static_w_ = 0;
  std::vector<Memory> memories_;
};

/// Stores on their way: bytes in the write windows of all tiles, as the ends of tasks tell them.
void add_queue(const Findings& f, stats::Trace& trace) {
  const soc::SocConfig& soc = f.experiment.soc;
  const double window_bytes = static_cast<double>(soc.dma.write_window_bytes) * soc.count(soc::UnitKind::npu);
  std::vector<TimedValue> changes;
  for (const soc::Progress& mark : f.step.record.progress)
    changes.push_back({mark.time, mark.queue_share * window_bytes});
  for (const TimedValue& at : evened(changes, f.step.record.duration, kMostQueueSamples))
    trace.counter("write queue of all tiles", "B", at.time, std::round(at.value));
}

void add_temperatures(const Findings& f, stats::Trace& trace) {
  for (const run::StepTemperature& at : f.observed.step_temperatures) {
    const base::TimePs time = base::from_seconds(at.time_s);
    trace.counter("temperature of the hottest block", "degC", time, at.hottest_c);
    trace.counter("temperature of the memory", "degC", time, at.memory_c);
  }
  double hottest = -300;
  for (const double t : f.observed.peak_block_c) hottest = std::max(hottest, t);
  trace.counter("hottest block", "degC", 0, hottest);
}

}  // namespace

stats::Trace step_trace(const Findings& f) {
  stats::Trace trace = f.step.trace;
  WindowTracks tracks(f, trace);
  for (const stats::Window& window : f.step.record.windows) tracks.add(window);
  add_queue(f, trace);
  trace.counter("clock", "MHz", 0, f.step.signature.point().frequency_hz * 1e-6);
  add_temperatures(f, trace);
  return trace;
}

}  // namespace kiln::report
