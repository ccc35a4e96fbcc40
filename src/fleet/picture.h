// SPDX-License-Identifier: MIT
// The picture of a fleet's rounds over its time.
#pragma once

#include "fleet/result.h"
#include "output/folder.h"

namespace kiln::fleet {

inline constexpr const char* kFleetPlot = "fleet.gp";
inline constexpr const char* kFleetLabels = "fleet.labels";
inline constexpr const char* kFleetImage = "fleet.svg";

/// Script and labels: length of every round, and until its first and last gradient; below, how stale
/// gradients are when they are applied; of dies of one package above both temperature and clock of each.
output::Files fleet_plot(const Result& result);

}  // namespace kiln::fleet
