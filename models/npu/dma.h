// SPDX-License-Identifier: MIT
// Cutting transfers into bursts under a window of outstanding bytes.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "base/time.h"
#include "lowering/program.h"
#include "npu/dma_config.h"
#include "sim/address_map.h"

namespace kiln::npu {

/// One burst of a transfer: contiguous bytes in one channel.
struct BurstRequest {
  int port = 0, channel = 0;
  std::uint64_t local = 0, bytes = 0, wire_bytes = 0;
  sim::Coding coding;
};

/// Hands out the bursts of one transfer, alternating between channels so that all of them work.
class BurstCutter {
 public:
  void start(const lowering::Transfer& transfer, const sim::MemoryMap& memory, std::uint64_t burst_bytes);
  bool empty() const { return left_ == 0; }
  BurstRequest next();

 private:
  std::vector<sim::ChannelRun> runs_;
  std::vector<int> ports_;
  std::size_t turn_ = 0;
  std::uint64_t left_ = 0, burst_bytes_ = 0;
  double wire_ratio_ = 1, plain_ratio_ = 0;
  sim::CodingSite site_ = sim::CodingSite::none;
};

/// What keeps the tile's link busy until an answer comes: as many outstanding bytes are enough, more of them
/// queue for the link. Follows the time that answers take beyond what the link needs for the bytes before
/// them, smoothed as round-trip times are (RFC 6298, 2: an eighth of every sample).
class RoundTrip {
 public:
  explicit RoundTrip(std::uint64_t burst_bytes) : burst_bytes_(burst_bytes) {}
  void set_link(double bytes_per_s) { link_bytes_per_s_ = bytes_per_s; }
  /// A burst came back `took` after it was asked for, as the last of `outstanding` bytes on the link.
  void saw(base::TimePs took, std::uint64_t outstanding);
  /// With one burst more, because a burst counts until its last byte is there. Without limit at first.
  double bytes() const;

 private:
  std::uint64_t burst_bytes_;
  double link_bytes_per_s_ = 0;
  double latency_s_ = std::numeric_limits<double>::infinity();
};

}  // namespace kiln::npu
