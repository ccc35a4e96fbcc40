// SPDX-License-Identifier: MIT
// Checks of numeric options whose message is one short line; those of CLI11 print the range of a double.
#pragma once

#include <CLI/CLI.hpp>

namespace kiln::cli {

inline CLI::Validator number_check(const char* rule, bool (*holds)(double)) {
  return {[rule, holds](std::string& text) -> std::string {
            double value = 0;
            if (CLI::detail::lexical_cast(text, value) && holds(value)) return {};
            return std::string(rule) + ", not " + text;
          },
          ""};
}

inline CLI::Validator above_zero() {
  return number_check("must be a number above 0", [](double value) { return value > 0; });
}

inline CLI::Validator not_negative() {
  return number_check("must be a number from 0", [](double value) { return value >= 0; });
}

/// An unset variable of a shell is not the default.
inline CLI::Validator not_empty() {
  return {[](std::string& text) { return std::string(text.empty() ? "must not be empty" : ""); }, ""};
}

/// For numbers whose bounds are checked elsewhere.
inline CLI::Validator whole_number() {
  return {[](std::string& text) -> std::string {
            const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
            return digits ? "" : "must be a whole number from 0, not " + text;
          },
          ""};
}

}  // namespace kiln::cli
