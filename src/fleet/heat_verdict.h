// SPDX-License-Identifier: MIT
// Whether devices of a kind became hotter than their parts may.
#pragma once

#include <string>
#include <vector>

#include "experiment/experiment.h"
#include "fleet/worker.h"
#include "report/validity.h"
#include "soc/floorplan.h"

namespace kiln::fleet {

/// Adds what a run would say of the hottest moment of any of them (report/heat_limits.h); `whose` stands in
/// front of the part.
void judge_heat(const experiment::ExperimentConfig& experiment, const soc::ChipPlan& plan,
                const std::vector<const WorkerBooks*>& devices, const std::string& whose,
                report::Validity& found);

}  // namespace kiln::fleet
