// SPDX-License-Identifier: MIT
// Cutting transfers into bursts under a window of outstanding bytes.
#pragma once

#include <cstdint>
#include <vector>

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

}  // namespace kiln::npu
