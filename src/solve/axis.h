// SPDX-License-Identifier: MIT
// What a question leaves open: a key of the experiment, and the values that it may take.
#pragma once

#include <string>
#include <vector>

#include "base/units.h"

namespace kiln::solve {

struct Axis {
  std::string key;
  base::Dimension dimension = base::Dimension::none;
  bool whole = false;               ///< whole numbers only
  bool continuous = false;          ///< a range; else `values`
  double low = 0, high = 0;         ///< of the range, in SI units
  std::vector<std::string> values;  ///< as an experiment spells them

  /// Coordinates: of a range 0 at its low and 1 at its high end, of values their index.
  double end() const { return continuous ? 1 : static_cast<double>(values.size()) - 1; }
  /// The number at a coordinate of a range, rounded to five digits so that an answer can be typed.
  double number(double coordinate) const;
  double coordinate(double number) const;
  /// Whether a coordinate of a range stands for its low or high end.
  bool is_end(double coordinate) const { return number(coordinate) == low || number(coordinate) == high; }
  /// "812.5 MHz": the value at a coordinate as an experiment spells it.
  std::string text(double coordinate) const;

 private:
  bool logarithmic() const;
};

/// From the words of an option: KEY=a..b, KEY={a,b,c}, and KEY=a given several times, which is what a shell
/// makes of braces without quotes. Bare numbers are in the unit that stands behind the last of them, or in
/// the key's SI unit. Throws ConfigError with all problems.
std::vector<Axis> parse_axes(const std::string& option, const std::vector<std::string>& words);

/// A range that may be searched as it is: not of one number, no huge list.
inline constexpr std::size_t kMostValues = 1000;

}  // namespace kiln::solve
