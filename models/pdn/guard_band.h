// SPDX-License-Identifier: MIT
// How much more than timing needs a rail is set to, so that droops do no harm.
#pragma once

#include <span>

#include "config/record.h"

namespace kiln::pdn {

enum class GuardBandKind {
  fixed,       ///< `share` of the voltage, whatever runs
  worst_case,  ///< the droop that the program could cause, and `share` beyond it
  adaptive     ///< the droop that its step does cause, as sensors would see it, and `share` beyond it
};
std::span<const config::EnumName<GuardBandKind>> enum_names(const GuardBandKind*);

struct GuardBandConfig {
  GuardBandKind kind = GuardBandKind::adaptive;
  double share = 0.01;
};
const config::Record<GuardBandConfig>& describe(const GuardBandConfig*);

}  // namespace kiln::pdn
