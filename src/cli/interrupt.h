// SPDX-License-Identifier: MIT
#pragma once

namespace kiln::cli {

/// From now on the first Ctrl-C or SIGTERM only sets a flag, so that work ends in good order; the second ends
/// the process at once.
void catch_interrupts();
bool interrupt_seen();

}  // namespace kiln::cli
