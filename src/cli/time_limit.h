// SPDX-License-Identifier: MIT
// --time-limit, the same for every command that simulates.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "base/watch.h"
#include "cli/command.h"

namespace kiln::cli {

/// A time with its unit ("30s", "5 min", "2h"), above zero.
void add_time_option(CLI::App& command, const std::string& option, std::optional<double>& time_s,
                     const std::string& doc);
/// The same, called --time-limit.
void add_time_limit(CLI::App& command, std::optional<double>& limit_s, const std::string& doc);

/// For work that runs until it is told to end: asks the signals of this process, and a limit of time from
/// now. From now on the process ends in good order.
base::Watch watch_for(const Context& context, std::optional<double> limit_s);

}  // namespace kiln::cli
