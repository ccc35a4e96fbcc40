// SPDX-License-Identifier: MIT
#include "dram/memory_engine.h"

#include "base/error.h"
#include "dram/bulk_channel.h"
#include "dram/exact_memory.h"

namespace kiln::dram {

AccessRange accesses_of(const DramConfig& config, const Burst& burst) {
  const auto unit = static_cast<std::uint64_t>(config.organisation.access_bytes);
  const AccessRange range{burst.address / unit, (burst.address + burst.bytes + unit - 1) / unit};
  if (burst.bytes == 0 || range.end > channel_bytes(config) / unit)
    throw base::SimError(
        fmt::format("DRAM {}: burst of {} bytes at channel address {:#x} is empty or ends past the "
                    "channel's {} bytes; check the address map",
                    config.name, burst.bytes, burst.address, channel_bytes(config)));
  return range;
}

std::unique_ptr<MemoryEngine> make_memory_engine(sim::Fidelity fidelity, const DramConfig& config,
                                                 base::TimePs start) {
  return make_memory_engine(fidelity, config, start, {config.clock_hz, config.refresh.rate});
}

std::unique_ptr<MemoryEngine> make_memory_engine(sim::Fidelity fidelity, const DramConfig& config,
                                                 base::TimePs start, const Operating& operating) {
  switch (fidelity) {
    case sim::Fidelity::bulk:
      return std::make_unique<BulkChannel>(config, start, operating);
    case sim::Fidelity::exact:
      return std::make_unique<ExactMemory>(config, start, operating);
  }
  throw base::SimError("unknown fidelity of the memory");
}

}  // namespace kiln::dram
