// SPDX-License-Identifier: MIT
// What stands in a picture that gnuplot drew.
#pragma once

#include <string>
#include <vector>

namespace kiln::testing {

/// The texts of an SVG that are numbers: ticks of its axes.
inline std::vector<double> ticks_of(const std::string& svg) {
  std::vector<double> ticks;
  for (std::size_t end = svg.find("</text>"); end != std::string::npos; end = svg.find("</text>", end + 1)) {
    std::string text;
    for (std::size_t at = svg.rfind("<text", end), tag = 1; at < end; ++at) {
      if (svg[at] == '<') tag = 1;
      if (tag == 0 && svg[at] != '\n') text += svg[at];
      if (svg[at] == '>') tag = 0;
    }
    const std::size_t first = text.find_first_not_of(' ');
    if (first == std::string::npos) continue;
    char* behind = nullptr;
    const double value = std::strtod(text.c_str() + first, &behind);
    if (behind != text.c_str() + first && std::string(behind).find_first_not_of(' ') == std::string::npos)
      ticks.push_back(value);
  }
  return ticks;
}

}  // namespace kiln::testing
