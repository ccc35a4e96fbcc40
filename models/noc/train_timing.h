// SPDX-License-Identifier: MIT
// Cycles of packets and trains that meet no competitor.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "noc/noc_config.h"

namespace kiln::noc {

/// Zero-load laws of the router in `NocConfig`, cycle by cycle those of the exact engine.
///
/// With buffers that cover a credit round trip and VCs that cover their allocation a train of F flits
/// streams: its last flit arrives head_cycles + F - 1 cycles after its first packet is ready.
/// Otherwise the stream stalls in a periodic pattern that depends on depth, VCs, packet length and
/// path length; it is measured once per path length by sending a short train through the exact engine,
/// and extended by its period.
class TrainTiming {
 public:
  explicit TrainTiming(const NocConfig& config);

  /// From offering a head flit to its arrival at the sink,
  /// over `routers` routers; 4 R + 2 for the reference P1.
  int head_cycles(int routers) const;
  /// Flits per cycle of a long train of full packets.
  double peak_rate(int routers, int virtual_channels) const {
    return profile(routers, virtual_channels).rate;
  }
  /// From the first packet's readiness to the arrival of the last flit of `packets` packets, the last of
  /// which has `last_flits` flits and the others the full length.
  std::int64_t lone_cycles(int routers, int virtual_channels, std::uint64_t packets, int last_flits) const;

 private:
  struct Profile {
    bool known = false;
    bool streams = false;
    double rate = 1;
    std::uint64_t settled_packets = 0;  ///< from here on the pattern repeats
    std::uint64_t period_packets = 1;
    std::int64_t period_cycles = 0;
    std::unordered_map<std::uint64_t, std::int64_t> measured;  ///< by packets and length of the last
  };
  Profile& profile(int routers, int virtual_channels) const;
  void calibrate(Profile& profile, int routers, int virtual_channels) const;
  std::vector<std::int64_t> send(int routers, int virtual_channels, std::uint64_t packets,
                                 int last_flits) const;

  NocConfig config_;
  mutable std::vector<Profile> profiles_;  ///< a cache: filled as path lengths are first met
};

}  // namespace kiln::noc
