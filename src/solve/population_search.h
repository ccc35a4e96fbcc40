// SPDX-License-Identifier: MIT
// Several ranges, several objectives, or more combinations than may be run: a population that evolves.
#pragma once

#include "solve/trials.h"

namespace kiln::solve {

/// Generalised differential evolution 3 (Kukkonen and Lampinen, CEC 2005): differential evolution whose
/// survivors are chosen by constrained dominance, rank and crowding (Deb et al., NSGA-II, 2002). With one
/// objective that is Deb's rule alone. Draws depend on the question's seed only. Ends after `most_runs` new
/// runs, or when nothing new is drawn.
void search_population(Trials& trials, std::size_t most_runs);

/// Feasible trials that none dominates, by their first objective.
std::vector<std::size_t> front_of(const Trials& trials);

}  // namespace kiln::solve
