// SPDX-License-Identifier: MIT
// Numbers of a result and their changes as people read them: "4.62 ms", "-8.77 %", "+0.04 K".
#pragma once

#include <string>
#include <string_view>

namespace kiln::report {

/// The unit behind a number: the glossary's, else the one that the key's ending names (training_time_s).
/// Empty for none.
std::string unit_or_ending(std::string_view key);

/// A temperature: changes are kelvins.
bool is_temperature(std::string_view key);

/// In what to show numbers up to `largest`: "ms" and 1e-3 for a step's time; 1 where the unit has no
/// multiples.
struct ShownIn {
  std::string unit;
  double factor = 1;
};
ShownIn shown_in(double largest, std::string_view key);

/// "4.621 ms"
std::string amount_text(double value, std::string_view key);
/// "4.2..9.3 ms"; one number where both ends read alike.
std::string amount_text(double low, double high, std::string_view key);

/// From one number to another: a share, kelvins, or a factor where it is beyond a hundred ("x 318"); "-" from
/// 0.
std::string change_text(double from, double to, std::string_view key);

}  // namespace kiln::report
