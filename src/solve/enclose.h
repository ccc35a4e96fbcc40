// SPDX-License-Identifier: MIT
// The optimum of a range, from runs that may lie far apart.
#pragma once

#include "solve/runs_on_line.h"

namespace kiln::solve {

/// Looks on both sides of the best run of a line until the runs next to it, none of which is better, are as
/// near as is asked: golden section (Kiefer, Proc. AMS 4, 1953) whose inner point is the best run so far. The
/// end of a range needs one side only. Of a line that rises to its optimum and falls behind it, the best run
/// then lies within the tolerance. Needs a run; ends early when no more are allowed.
void enclose(RunsOnLine& line);

}  // namespace kiln::solve
