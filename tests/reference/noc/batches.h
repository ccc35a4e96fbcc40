// SPDX-License-Identifier: MIT
// The finite transfers of batch_completion.csv, rebuilt from their names.
#pragma once

#include <string>
#include <vector>

#include "noc/packet.h"

namespace kiln::noc::batch {

/// Offers of the case on a k x k mesh. The high class (class 0 of the table) is `gradient`, the low
/// `activation`.
std::vector<Offer> batch_offers(const std::string& name, int k);

}  // namespace kiln::noc::batch
