// SPDX-License-Identifier: MIT
// The step that all runs of a question execute, lowered once for all of them.
#pragma once

#include <optional>

#include "base/watch.h"
#include "experiment/prepare.h"
#include "solve/question.h"

namespace kiln::solve {

/// What the runs of `question` are prepared to, where no axis changes it: ambient temperature, rate, governor
/// and events do not. Nothing where one may, or where the experiment as it stands cannot be prepared; then
/// each run prepares its own. Throws base::Stopped when the watch ends it.
std::optional<experiment::Prepared> common_step(const Question& question, const base::Watch& watch);

}  // namespace kiln::solve
