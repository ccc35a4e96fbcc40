// SPDX-License-Identifier: MIT
#include "noc/train_timing.h"

#include <algorithm>

namespace kiln::noc {

TrainTiming::TrainTiming(const NocConfig& config) : config_(config) {}

int TrainTiming::head_cycles(int routers) const {
  // A wire of latency n delivers n + 1 cycles after the cycle that drives it; injection and ejection wires
  // have latency 1. The cycle of arrival is the first of the router's own, hence "- 1".
  const int router = config_.pipeline.router_cycles();
  const int local_wire = 2;
  return local_wire + (routers - 1) * (router + config_.link_latency) + (router - 1) + local_wire;
}

int TrainTiming::credit_round_trip() const {
  const PipelineConfig& p = config_.pipeline;
  const int wire = config_.link_latency + 1;
  return p.st_prepare_delay + p.st_final_delay + wire + (p.sw_alloc_delay - 1) + wire + p.credit_delay;
}

int TrainTiming::injection_round_trip() const {
  // Only the head flit waits for routing and VC allocation; the NI sees the credit without `credit_delay`.
  const PipelineConfig& p = config_.pipeline;
  return 2 + p.routing_delay + p.vc_alloc_delay + p.sw_alloc_delay - 1 + 2;
}

double TrainTiming::peak_rate(int virtual_channels) const {
  const int length = config_.packet_flits;
  const int depth = config_.buffer_depth;
  const int refills = (length + depth - 1) / depth - 1;
  // Within a packet every refill of the buffer waits for the round trip; the injection port's is the shorter.
  int spacing = length;
  if (refills == 1) spacing += std::max(0, injection_round_trip() - depth);
  if (refills > 1) spacing += refills * std::max(0, credit_round_trip() - depth);
  if (virtual_channels == 1) spacing += config_.pipeline.vc_alloc_delay + config_.pipeline.routing_delay;
  return static_cast<double>(length) / spacing;
}

}  // namespace kiln::noc
