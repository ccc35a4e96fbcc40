// SPDX-License-Identifier: MIT
// Where a gradient is coded: a fact that goes with every transfer, never guessed back from its bytes.
#pragma once

#include <cstdint>
#include <span>

#include "config/value.h"

namespace kiln::sim {

/// `none`: gradients are sent as they are. `mac_output`: the tile's codec, before its DMA. `ni`:
/// the initiator's network interface; memory holds the code. `router`: the routers at both ends;
/// memory holds the gradient.
enum class CodingSite { none, mac_output, ni, router };
std::span<const config::EnumName<CodingSite>> enum_names(const CodingSite*);

/// How engines on the path of a transfer code it. The tile's own codec works before the transfer and is not
/// on the path.
struct Coding {
  CodingSite site = CodingSite::none;  ///< ni, router, or none
  std::uint64_t plain_bytes = 0;       ///< of the gradient: what the engine encodes, or decodes to
};

}  // namespace kiln::sim
