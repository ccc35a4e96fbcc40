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

std::string band_text(const Bands& bands, const std::string& key, double value) {
  const auto band = bands.find(key);
  return band == bands.end() ? "" : band_text(band->second, value);
}

}  // namespace kiln::report
