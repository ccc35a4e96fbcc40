// SPDX-License-Identifier: MIT
#pragma once

namespace kiln::cli {

/// From now on the first Ctrl-C or SIGTERM only sets a flag, so that work ends in good order; the second ends
/// the process at once.
void catch_interrupts();
bool interrupt_seen();
/// Commands that have nothing to save end at the first signal, with exit code 130.
void end_at_once();

}  // namespace kiln::cli
