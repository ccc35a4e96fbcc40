// SPDX-License-Identifier: MIT
// Latency and throughput of synthetic traffic at one load, and the load where a network saturates.
#pragma once

#include <vector>

#include "base/watch.h"
#include "noc/synthetic.h"

namespace kiln::noc {

/// BookSim's measurement: warm up for at least `warmup_samples` periods until latency and throughput
/// change by less than `stable_change`, measure until `stable_samples` periods in a row do so, then
/// drain what was measured.
struct MeasureConfig {
  int sample_cycles = 2000;
  int warmup_samples = 3;
  int stable_samples = 3;
  int max_samples = 20;
  double stable_change = 0.05;
  double latency_limit_cycles =
      500;            ///< mean packet latency (waiting ones included) beyond which a load is unstable
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
  bool saturated = false;
  std::int64_t cycles = 0;
  std::uint64_t flit_hops = 0;
  std::vector<ClassResult> per_class;
  std::vector<RouterActivity> routers;
};

LoadResult measure_load(const NocConfig& config, const TrafficConfig& traffic, const MeasureConfig& measure,
                        double load, std::uint64_t seed);

/// Mean over several seeds: latencies over the runs that were stable, saturated when most were not.
LoadResult measure_load_over_seeds(const NocConfig& config, const TrafficConfig& traffic,
                                   const MeasureConfig& measure, double load, std::uint64_t first_seed,
                                   int seeds);

/// Highest stable load, by bisection to `resolution`.
double saturation_load(const NocConfig& config, const TrafficConfig& traffic, const MeasureConfig& measure,
                       std::uint64_t seed, double resolution = 0.00625);

}  // namespace kiln::noc
