// SPDX-License-Identifier: MIT
// A band behind a number, as people read it.
#pragma once

#include <string>

#include "report/uncertainty.h"

namespace kiln::report {

/// " (-24 %, +31 %)"; empty for values that are not above 0, and where both ends round to the value.
std::string band_text(const Interval& band, double value);
/// The same of a number by its key; empty for one that is exact.
std::string band_text(const Bands& bands, const std::string& key, double value);

}  // namespace kiln::report
