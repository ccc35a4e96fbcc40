// SPDX-License-Identifier: MIT
#include "report/band_text.h"

#include <fmt/core.h>

#include <cmath>

namespace kiln::report {

std::string band_text(const Interval& band, double value) {
  if (value <= 0) return "";
  const auto percent = [value](double bound) { return std::lround(100 * (bound / value - 1)); };
  if (percent(band.low) == 0 && percent(band.high) == 0) return "";
  return fmt::format(" ({} %, +{} %)", percent(band.low), percent(band.high));
}

}  // namespace kiln::report
