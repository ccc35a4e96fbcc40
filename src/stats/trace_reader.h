// SPDX-License-Identifier: MIT
// A timeline read back from the file that it was written to.
#pragma once

#include <string>
#include <string_view>

#include "stats/trace.h"

namespace kiln::stats {

/// The trace that Trace::to_json wrote. Throws ConfigError, naming `file`, for anything else.
Trace read_trace(std::string_view json, const std::string& file);

}  // namespace kiln::stats
