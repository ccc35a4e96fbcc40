// SPDX-License-Identifier: MIT
// --no-cache, the same for every command that simulates steps.
#pragma once

#include <CLI/CLI.hpp>

#include "output/cache.h"

namespace kiln::cli {

inline void add_cache_option(CLI::App& command, bool& no_cache) {
  command.add_flag("--no-cache", no_cache,
                   "Simulate every step anew: steps are kept in $KILN_CACHE, $XDG_CACHE_HOME/kiln or "
                   "~/.cache/kiln, and results are the same either way");
}

inline output::Cache cache_for(bool no_cache) {
  return no_cache ? output::Cache() : output::Cache::of_user();
}

}  // namespace kiln::cli
