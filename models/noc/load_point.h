// SPDX-License-Identifier: MIT
// Latency and throughput of synthetic traffic at one load, beyond saturation too, and the load where a
// network saturates.
#pragma once

#include <optional>
#include <vector>

#include "base/watch.h"
#include "noc/synthetic.h"

namespace kiln::noc {

/// BookSim's measurement: warm up for at least `warmup_samples` periods until latency and throughput
/// change by less than `stable_change`, measure until `stable_samples` periods in a row do so, then
/// drain what was measured.
/// `windows` in its place measures at any load.
struct MeasureConfig {
  int sample_cycles = 2000;
  int warmup_samples = 3;
  int stable_samples = 3;
  int max_samples = 20;
  double stable_change = 0.05;
  double latency_limit_cycles =
      500;  ///< mean packet latency (waiting ones included) beyond which a load is unstable
  /// Windows of fixed length without limit on latency and without drain. What is delivered in the second one
  /// is measured, whenever it was made; sources that do not get rid of their packets make `saturated`.
  struct Windows {
    std::int64_t warmup_cycles = 10'000, measure_cycles = 10'000;
  };
  std::optional<Windows> windows;
  base::Watch watch;  ///< asked all along
};

struct ClassResult {
  TrafficClass cls = TrafficClass::activation;
  double offered = 0, accepted = 0;  ///< flits per node and cycle
  double avg_packet_latency_cycles = 0;
  double avg_network_latency_cycles = 0;
  double p99_latency_cycles = 0;
  double max_latency_cycles = 0;
  std::uint64_t packets = 0;
};

struct LoadResult {
  double offered = 0, accepted = 0;
  double avg_packet_latency_cycles = 0;
  double avg_network_latency_cycles = 0;
  double p99_latency_cycles = 0;
  double avg_hops = 0;  ///< routers passed
  /// Accepted flits per cycle of the node that receives least (BookSim's least), and of the one that is let
  /// send least, which is who starves beyond saturation.
  double least_received = 0, least_sent = 0;
  bool saturated = false;
  std::int64_t cycles = 0;
  std::uint64_t flit_hops = 0;
  std::vector<ClassResult> per_class;
  std::vector<RouterActivity> routers;
  /// Half widths of the 95 % confidence intervals of means over seeds; absent of a single one.
  struct Confidence {
    int seeds = 0;
    double accepted = 0, avg_packet_latency_cycles = 0, avg_network_latency_cycles = 0;
  };
  std::optional<Confidence> confidence;
};

LoadResult measure_load(const NocConfig& config, const TrafficConfig& traffic, const MeasureConfig& measure,
                        double load, std::uint64_t seed);

/// Highest stable load, by bisection to `resolution`.
double saturation_load(const NocConfig& config, const TrafficConfig& traffic, const MeasureConfig& measure,
                       std::uint64_t seed, double resolution = 0.00625);

}  // namespace kiln::noc
