// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>

namespace kiln::cli {

/// From now on Ctrl-C or SIGTERM ends the process with exit code 130: at once, since nothing is half written.
void catch_interrupts();
/// For commands with something to save or to remove: from now on the first only sets `stop_requested`,
/// so that work ends in good order. A second one, or work that does not listen, ends the process with
/// 130 all the same.
void end_in_good_order();
/// Lives as long as the process; what a base::Watch asks.
const std::atomic<bool>& stop_requested();
/// Ends the process with exit code 1 after `seconds` of wall time, should it still be there.
void end_at_latest(double seconds);

}  // namespace kiln::cli
