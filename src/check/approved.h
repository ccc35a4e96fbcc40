// SPDX-License-Identifier: MIT
// Results that somebody approved, as they lie in a file: readable, one number a line, good in a diff.
#pragma once

#include <map>
#include <string>

#include "batch/outcome.h"

namespace kiln::check {

struct Approved {
  std::map<std::string, double> numbers;  ///< by key of summary.json
  std::string validity = "ok";            ///< or "warn", "invalid"
};

/// What of an outcome is approved.
Approved approvable(const batch::Outcome& outcome);

std::string to_json(const Approved& approved);
/// Also reads the summary.json of a run. Throws ConfigError naming `file` for anything else.
Approved parse_approved(const std::string& text, const std::string& file);

}  // namespace kiln::check
