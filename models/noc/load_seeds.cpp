// SPDX-License-Identifier: MIT
#include "noc/load_seeds.h"

#include "base/statistics.h"

namespace kiln::noc {

LoadResult measure_load_over_seeds(const NocConfig& config, const TrafficConfig& traffic,
                                   const MeasureConfig& measure, double load, std::uint64_t first_seed,
                                   int seeds) {
  std::vector<LoadResult> runs;
  int saturated = 0;
  for (int i = 0; i < seeds; ++i) {
    runs.push_back(measure_load(config, traffic, measure, load, first_seed + static_cast<std::uint64_t>(i)));
    if (runs.back().saturated) ++saturated;
  }
  if (seeds == 1) return runs.front();
  const bool mostly = 2 * saturated > seeds;
  std::vector<const LoadResult*> used;
  for (const LoadResult& run : runs) {
    if (run.saturated == mostly) used.push_back(&run);
  }
  const auto interval = [&](auto value) {
    std::vector<double> values;
    for (const LoadResult* run : used) values.push_back(value(*run));
    return base::mean_interval(values);
  };
  const auto average = [&](auto value) { return interval(value).mean; };
  const base::MeanInterval accepted = interval([](const LoadResult&r) { return r.accepted; }),
                           packet = interval([](const LoadResult&r) { return r.avg_packet_latency_cycles; }),
                           network =
                               interval([](const LoadResult&r) { return r.avg_network_latency_cycles; });
  LoadResult mean = *used.front();
  mean.saturated = mostly;
  mean.accepted = accepted.mean;
  mean.avg_packet_latency_cycles = packet.mean;
  mean.avg_network_latency_cycles = network.mean;
  if (used.size() > 1)
    mean.confidence = {static_cast<int>(used.size()), accepted.half_width, packet.half_width,
                       network.half_width};
  mean.least_received = average([](const LoadResult& r) { return r.least_received; });
  mean.least_sent = average([](const LoadResult& r) { return r.least_sent; });
  mean.p99_latency_cycles = average([](const LoadResult& r) { return r.p99_latency_cycles; });
  mean.avg_hops = average([](const LoadResult& r) { return r.avg_hops; });
  for (std::size_t i = 0; i < mean.per_class.size(); ++i) {
    ClassResult& cls = mean.per_class[i];
    cls.accepted = average([i](const LoadResult& r) { return r.per_class[i].accepted; });
    cls.avg_packet_latency_cycles =
        average([i](const LoadResult& r) { return r.per_class[i].avg_packet_latency_cycles; });
    cls.avg_network_latency_cycles =
        average([i](const LoadResult& r) { return r.per_class[i].avg_network_latency_cycles; });
    cls.p99_latency_cycles = average([i](const LoadResult& r) { return r.per_class[i].p99_latency_cycles; });
  }
  return mean;
}

}  // namespace kiln::noc
