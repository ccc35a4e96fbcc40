// SPDX-License-Identifier: MIT
// Trains through the exact engine: the audit of the bulk network.
#pragma once

#include <span>
#include <vector>

#include "noc/exact_network.h"

namespace kiln::noc {

/// The packets of a train as the network interface makes
/// them: cycles of `config.clock_hz`, cycle 0 at time 0.
Offer offer_of(const NocConfig& config, const Train& train, std::uint64_t tag);

/// Delivers all trains together, each from its own departure curve; ids are indices into `trains`.
std::vector<Delivery> deliver_exactly(const NocConfig& config, std::span<const Train> trains,
                                      const base::Watch& watch = {});

}  // namespace kiln::noc
