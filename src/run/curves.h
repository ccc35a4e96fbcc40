// SPDX-License-Identifier: MIT
// Temperatures, clock and power over device time as a picture.
#pragma once

#include <string>

#include "run/observed.h"

namespace kiln::run {

/// A gnuplot script that draws `series.csv` beside it into `series.svg`: a raster image takes five times as
/// long.
std::string curves_script(const Observed& observed, const std::string& title);

}  // namespace kiln::run
