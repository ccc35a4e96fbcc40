// SPDX-License-Identifier: MIT
// One piece of work in a process of its own, for those that want more of it than numbers.
#pragma once

#include <functional>
#include <string>

#include "base/watch.h"

namespace kiln::batch {

/// What `work` returns, done in a process of its own; throws SimError with the message of what it throws
/// there, and base::Stopped when the watch ends it.
std::string in_process(const std::function<std::string()>& work, const base::Watch& watch);

}  // namespace kiln::batch
