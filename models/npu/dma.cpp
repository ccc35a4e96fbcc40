// SPDX-License-Identifier: MIT
#include "npu/dma.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace kiln::npu {

const config::Record<DmaConfig>& describe(const DmaConfig*) {
  using base::Dimension;
  static const auto record =
      config::Record<DmaConfig>("dma", "DMA engine of a tile: reads and writes with windows of their own")
          .field("burst", &DmaConfig::burst_bytes,
                 {.doc = "Largest piece in one channel requested at a time",
                  .unit = Dimension::bytes,
                  .min = 64,
                  .max = 1 << 20,
                  .source = "estimate: one AXI4 burst is at most 4 KiB (ARM IHI 0022, A3.4.1)"})
          .field("read_window", &DmaConfig::read_window_bytes,
                 {.doc = "Outstanding read bytes",
                  .unit = Dimension::bytes,
                  .min = 64,
                  .max = 1 << 26,
                  .source = "estimate: bandwidth x round trip of 64 GB/s x 1 us"})
          .field("write_window", &DmaConfig::write_window_bytes,
                 {.doc = "Outstanding write bytes",
                  .unit = Dimension::bytes,
                  .min = 64,
                  .max = 1 << 26,
                  .source = "estimate: half the read window, writes are posted"})
          .check([](const DmaConfig& c, config::Checker& check) {
            if (c.burst_bytes > c.read_window_bytes || c.burst_bytes > c.write_window_bytes)
              check.fail("burst", "does not fit the windows; lower it or raise read_window and write_window");
          });
  return record;
}

void BurstCutter::start(const lowering::Transfer& transfer, const sim::MemoryMap& memory,
                        std::uint64_t burst_bytes) {
  runs_ = memory.map->split(transfer.address, transfer.bytes);
  ports_.clear();
  for (const sim::ChannelRun& run : runs_)
    ports_.push_back(memory.port_of_channel[static_cast<std::size_t>(run.channel)]);
  turn_ = 0;
  left_ = transfer.bytes;
  burst_bytes_ = burst_bytes;
  wire_ratio_ = static_cast<double>(transfer.wire_bytes) / static_cast<double>(transfer.bytes);
  plain_ratio_ = static_cast<double>(transfer.coding.plain_bytes) / static_cast<double>(transfer.bytes);
  site_ = transfer.coding.site;
}

BurstRequest BurstCutter::next() {
  KILN_CHECK(left_ > 0, "no burst left in this transfer");
  while (runs_[turn_ % runs_.size()].bytes == 0) ++turn_;
  const std::size_t index = turn_++ % runs_.size();
  sim::ChannelRun& run = runs_[index];
  const std::uint64_t bytes = std::min(run.bytes, burst_bytes_);
  const auto wire = static_cast<std::uint64_t>(std::ceil(static_cast<double>(bytes) * wire_ratio_));
  const auto plain = static_cast<std::uint64_t>(std::ceil(static_cast<double>(bytes) * plain_ratio_));
  const BurstRequest request{ports_[index], run.channel, run.local, bytes, std::max<std::uint64_t>(1, wire),
                             {site_, plain}};
  run.local += bytes;
  run.bytes -= bytes;
  left_ -= bytes;
  return request;
}

void RoundTrip::saw(base::TimePs took, std::uint64_t outstanding) {
  const double queueing_s = static_cast<double>(outstanding) / link_bytes_per_s_;
  const double sample_s = std::max(0.0, base::to_seconds(took) - queueing_s);
  latency_s_ = std::isfinite(latency_s_) ? latency_s_ + (sample_s - latency_s_) / 8 : sample_s;
}

double RoundTrip::bytes() const {
  return latency_s_ * link_bytes_per_s_ + static_cast<double>(burst_bytes_);
}

}  // namespace kiln::npu
