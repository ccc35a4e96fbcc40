// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace kiln::base {

/// Of this program: "0.2.0".
std::string_view version();

}  // namespace kiln::base
