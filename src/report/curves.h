// SPDX-License-Identifier: MIT
// Temperatures, clock and power over device time as a picture.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "device/timeline.h"
#include "run/observed.h"

namespace kiln::report {

inline constexpr const char* kCurvesScript = "series.gp";
inline constexpr const char* kCurvesLabels = "series.labels";  ///< the title, then what happened
inline constexpr const char* kCurvesImage = "series.svg";      ///< a raster image takes five times as long

/// A gnuplot script that draws `series.csv` beside it, with a line where something happened.
std::string curves_script(const run::Observed& observed, std::span<const device::MetEvent> events);
/// What it writes as text.
std::vector<std::string> curves_labels(const std::string& title, std::span<const device::MetEvent> events);

}  // namespace kiln::report
