// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace kiln::base {

/// Of this program: "0.2.0".
std::string_view version();
/// Hash of the program itself: what another build made is never taken for this one's. Empty where the system
/// does not show it.
const std::string& program_hash();

}  // namespace kiln::base
