// SPDX-License-Identifier: MIT
// How global addresses spread over memory channels.
#pragma once

#include <cstdint>
#include <vector>

namespace kiln::sim {

/// A stretch of bytes that is contiguous inside one channel.
struct ChannelRun {
  int channel = 0;
  std::uint64_t local = 0;  ///< byte address inside the channel
  std::uint64_t bytes = 0;
};

/// Digits of the address, least significant first: offset inside a granule, channel, the rest. Consecutive
/// granules lie on consecutive channels; inside a channel they are contiguous, so a long tensor is one run
/// per channel. Bytes of a channel beyond its last whole granule have no address.
class AddressMap {
 public:
  AddressMap(int channels, std::uint64_t granule_bytes, std::uint64_t bytes_per_channel);

  int channels() const { return channels_; }
  std::uint64_t granule_bytes() const { return granule_; }
  std::uint64_t capacity() const { return per_channel_ * static_cast<std::uint64_t>(channels_); }
  /// [base, base+bytes) as one contiguous run per channel, in
  /// order of first touch. Throws SimError beyond the end.
  std::vector<ChannelRun> split(std::uint64_t base, std::uint64_t bytes) const;

 private:
  int channels_;
  std::uint64_t granule_, per_channel_;
};

/// How to reach a memory (DRAM or gradient SRAM): its address map and the network port of each channel.
struct MemoryMap {
  const AddressMap* map = nullptr;
  std::vector<int> port_of_channel;
};

}  // namespace kiln::sim
