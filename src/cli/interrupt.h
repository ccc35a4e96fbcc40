// SPDX-License-Identifier: MIT
#pragma once

namespace kiln::cli {

/// From now on Ctrl-C or SIGTERM ends the process with exit code 130.
void catch_interrupts();
/// For commands with something to save: from now on the first only sets a flag, so that work ends in good
/// order; the second ends the process at once.
void end_in_good_order();
bool interrupt_seen();

}  // namespace kiln::cli
