// SPDX-License-Identifier: MIT
// A formula of a mechanism: numbers, names, + - * / ^, brackets, and exp, sqrt, log, min, max.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>

namespace kiln::claims {

/// The message says where the formula is wrong, or which name has no value.
class FormulaError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The value of a name ("clock", "optimal.peak_tops"), or nothing.
using Lookup = std::function<std::optional<double>(const std::string& name)>;

/// Throws FormulaError; also where the result is no finite number.
double evaluate(const std::string& formula, const Lookup& lookup);
/// The names that it reads. Throws FormulaError for what is no formula.
std::set<std::string> names_in(const std::string& formula);

}  // namespace kiln::claims
