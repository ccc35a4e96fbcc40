// SPDX-License-Identifier: MIT
// Temperatures, clock and power over device time as a picture.
#pragma once

#include <string>

#include "run/observed.h"

namespace kiln::report {

inline constexpr const char* kCurvesScript = "series.gp";
inline constexpr const char* kCurvesLabels = "series.labels";  ///< the title
inline constexpr const char* kCurvesImage = "series.svg";      ///< a raster image takes five times as long

/// A gnuplot script that draws `series.csv` beside it.
std::string curves_script(const run::Observed& observed);

}  // namespace kiln::report
