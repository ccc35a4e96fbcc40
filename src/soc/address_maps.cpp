// SPDX-License-Identifier: MIT
#include "soc/address_maps.h"

#include "dram/dram_config.h"

namespace kiln::soc {

sim::AddressMap dram_address_map(const SocConfig& soc) {
  return {soc.memory.dram.organisation.channels, soc.memory.interleave_bytes,
          dram::channel_bytes(soc.memory.dram)};
}

std::optional<sim::AddressMap> gradient_sram_address_map(const SocConfig& soc) {
  const int units = soc.count(UnitKind::gradient_sram);
  if (units == 0) return std::nullopt;
  return sim::AddressMap(units, soc.gradient_sram.interleave_bytes, soc.gradient_sram.sram.capacity_bytes);
}

}  // namespace kiln::soc
