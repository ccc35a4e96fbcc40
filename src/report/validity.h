// SPDX-License-Identifier: MIT
// Whether a result may be used: every result carries this record, and pictures, sweeps and exit codes follow
// it.
#pragma once

#include <string>
#include <vector>

namespace kiln::report {

struct Findings;

enum class Severity {
  note,    ///< worth knowing, the result holds
  warn,    ///< a limit or an accuracy is missed: use it with care
  invalid  ///< not a result of the chip at work
};
const char* name(Severity severity);  ///< "note", "warn", "invalid"

struct ValidityFinding {
  std::string code;  ///< "shutdown"
  Severity severity = Severity::note;
  double value = 0, limit = 0;  ///< in the unit that `text` says
  std::string where;            ///< block, key or part
  std::string text;             ///< a sentence
};

struct Validity {
  std::vector<ValidityFinding> findings;  ///< the worst first, once sorted
  void add(std::string code, Severity severity, double value, double limit, std::string where,
           std::string text);
  /// The worst first; equal ones stay in the order they were added.
  void sort();
  /// "ok" (nothing, or notes), "warn" or "invalid".
  const char* state() const;
  bool invalid() const { return state() == std::string("invalid"); }
};

/// Of a run whose numbers are known.
Validity judge(const Findings& findings);

}  // namespace kiln::report
