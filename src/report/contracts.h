// SPDX-License-Identifier: MIT
// What must hold of every run's numbers, whatever was simulated.
#pragma once

#include <vector>

#include "report/layers.h"

namespace kiln::report {

/// Throws base::SimError naming the cut and by how much it differs unless the parts of `what` by `cut` add up
/// to `whole`, but for rounding.
void check_sum(const char* what, const char* cut, double sum, double whole);

/// The step's joules are the same by component, layer, phase, block and window, and its time by phase and by
/// layer. Throws base::SimError naming the cut and by how much it differs.
void check_cuts(const Findings& findings, const std::vector<LayerRow>& layers);

}  // namespace kiln::report
