// SPDX-License-Identifier: MIT
#include "sim/address_map.h"

#include <algorithm>

#include "base/error.h"

namespace kiln::sim {

AddressMap::AddressMap(int channels, std::uint64_t granule_bytes, std::uint64_t bytes_per_channel)
    : channels_(channels),
      granule_(granule_bytes),
      per_channel_(granule_bytes > 0 ? bytes_per_channel / granule_bytes * granule_bytes : 0) {
  KILN_CHECK(channels > 0 && granule_bytes > 0 && bytes_per_channel >= granule_bytes,
             "address map of {} channels, granule {} B, {} B each", channels, granule_bytes,
             bytes_per_channel);
}

std::vector<ChannelRun> AddressMap::split(std::uint64_t base, std::uint64_t bytes) const {
  if (bytes == 0) return {};
  if (base + bytes > capacity() || base + bytes < base)
    throw base::SimError(
        fmt::format("access to [{}, {}) lies beyond the memory's {} bytes", base, base + bytes, capacity()));
  const auto n = static_cast<std::uint64_t>(channels_);
  const std::uint64_t first_granule = base / granule_;
  const std::uint64_t last_granule = (base + bytes - 1) / granule_;
  std::vector<ChannelRun> runs;
  for (std::uint64_t g = first_granule; g <= last_granule && g < first_granule + n; ++g) {
    // Granules g, g+n, g+2n, .. of this channel are contiguous inside it.
    const std::uint64_t last = last_granule - (last_granule - g) % n;
    const std::uint64_t begin = g == first_granule ? base % granule_ : 0;
    const std::uint64_t end = last == last_granule ? (base + bytes - 1) % granule_ + 1 : granule_;
    const std::uint64_t local = (g / n) * granule_ + begin;
    runs.push_back({static_cast<int>(g % n), local, (last / n) * granule_ + end - local});
  }
  return runs;
}

}  // namespace kiln::sim
