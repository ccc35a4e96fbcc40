// SPDX-License-Identifier: MIT
// Quantities as people read them: "4.57 ms", "88 mJ", "1.65 MiB".
#pragma once

#include <string>

#include "base/units.h"

namespace kiln::base {

inline std::string energy_text(double joules) {
  return display_quantity(joules, Dimension::energy);
}
inline std::string time_text(double seconds) {
  return display_quantity(seconds, Dimension::time);
}
inline std::string bytes_text(double bytes) {
  return display_quantity(bytes, Dimension::bytes);
}

}  // namespace kiln::base
