// SPDX-License-Identifier: MIT
// How the chip's memories spread their addresses over channels.
#pragma once

#include <optional>

#include "sim/address_map.h"
#include "soc/soc_config.h"

namespace kiln::soc {

sim::AddressMap dram_address_map(const SocConfig& soc);
/// Nothing on a chip without gradient SRAM.
std::optional<sim::AddressMap> gradient_sram_address_map(const SocConfig& soc);

}  // namespace kiln::soc
