// SPDX-License-Identifier: MIT
// Times as people say them: hours of a job, milliseconds of a request.
#pragma once

#include <fmt/core.h>

#include <string>

#include "base/units.h"

namespace kiln::job {

inline std::string time_text(double seconds) {
  if (seconds >= 3 * 3600) return fmt::format("{:.2f} h", seconds / 3600);
  if (seconds >= 180) return fmt::format("{:.1f} min", seconds / 60);
  return base::display_quantity(seconds, base::Dimension::time);
}

}  // namespace kiln::job
