// SPDX-License-Identifier: MIT
// The chip as lowering sees it.
#pragma once

#include "lowering/target.h"
#include "soc/soc_config.h"

namespace kiln::soc {

/// The hardware as lowering sees it.
lowering::Target make_target(const SocConfig& soc, lowering::Objective objective);
/// What its arrays weigh dataflows by: SRAM energies, and the chip's clock trees and leakage (at the
/// reference temperature, shared by the tiles) at nominal voltage and highest clock. Time needs no energy per
/// cycle: ties take equally long.
lowering::DataflowRule dataflow_rule(const SocConfig& soc, lowering::Objective objective);

}  // namespace kiln::soc
