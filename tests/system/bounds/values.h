// SPDX-License-Identifier: MIT
// The values at which a key is tried: its bounds, near zero, some decades around what it is.
#pragma once

#include <string>
#include <vector>

#include "support/config_leaves.h"

namespace kiln::testing {

/// YAML texts, `node` being what the key holds now. Some may lie outside the bounds: those must be refused.
std::vector<std::string> values_to_try(const config::FieldInfo& field, const config::Node& node);

}  // namespace kiln::testing
