// SPDX-License-Identifier: MIT
// Cycle algebra of packets and trains that meet no competitor.
#pragma once

#include "noc/noc_config.h"

namespace kiln::noc {

/// Zero-load laws of the router in `NocConfig`; they reproduce BookSim's single-packet and single-stream
/// cycles (tests/reference/noc/zero_load.csv).
class TrainTiming {
 public:
  explicit TrainTiming(const NocConfig& config);

  /// Cycles from offering a head flit to the network to its arrival at the sink, over `routers` routers.
  /// P1 of the reference: 4 R + 2.
  int head_cycles(int routers) const;
  /// Cycles from a flit's departure to the earliest departure that may use its buffer slot again.
  int credit_round_trip() const;
  int injection_round_trip() const;
  /// Flits per cycle of one train of full packets that may use `virtual_channels` VCs.
  double peak_rate(int virtual_channels) const;

 private:
  NocConfig config_;
};

}  // namespace kiln::noc
