// SPDX-License-Identifier: MIT
// Everything of the device that has a limit of temperature: die, memory, regulators, skin.
#pragma once

#include <string>
#include <vector>

#include "report/findings.h"

namespace kiln::report {

struct LimitedPart {
  std::string name;     ///< die, memory, regulators, skin
  double celsius = 0;   ///< the highest in the observed time; of the die, that of its hottest block
  double limit_c = 0;   ///< of heat_limits.h
  std::string band_of;  ///< key of the number that has this temperature's band
  double headroom_k() const { return limit_c - celsius; }
};

/// Those that the device has, the hottest first; empty when nothing was observed.
std::vector<LimitedPart> limited_parts(const Findings& findings);
/// How far each stays below its limit, by part, K; below 0: too hot. Empty when nothing was observed.
Numbers headroom_k(const Findings& findings);
/// "regulators 94.3; memory 40.4; die mem3 36.4 mem4 36.4 (39 to 42) degC", the hottest first.
std::string temperatures_text(const Findings& findings);
/// "skin 10.8 K over 43; memory 29.0 K to 85; die 45.4 K to 105 degC", the nearest to its limit first.
std::string headroom_text(const Findings& findings);

}  // namespace kiln::report
