// SPDX-License-Identifier: MIT
// A run's numbers held against the approved ones.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "batch/outcome.h"
#include "check/approved.h"
#include "check/check_config.h"

namespace kiln::check {

/// A number that left its tolerance, or is there on one side only.
struct Deviation {
  std::string key;
  std::optional<double> approved, now;
  double allowed = 0;  ///< in the number's unit
};

enum class Verdict {
  as_approved,
  differs,       ///< a number left its tolerance or is gone, or the result is less valid
  forbidden,     ///< one of the conditions `never` holds
  failed,        ///< the run gave no numbers
  not_approved,  ///< nothing was approved yet
};
const char* name(Verdict verdict);  ///< "as approved"

struct Judgement {
  std::string run;
  Verdict verdict = Verdict::as_approved;
  std::size_t compared = 0;           ///< numbers
  std::vector<Deviation> deviations;  ///< the widest first
  std::vector<std::string> news;      ///< numbers that the approved results do not know yet; no fault
  std::vector<std::string> reasons;   ///< sentences besides the deviations

  bool passed() const { return verdict == Verdict::as_approved; }
};

/// `approved` is empty where nothing was.
Judgement judge(const CheckConfig& config, const std::string& run, const batch::Outcome& outcome,
                const std::optional<Approved>& approved);

/// Throws ConfigError with each pattern of `tolerances` that fits no number of any run.
void require_known_patterns(const CheckConfig& config, const std::vector<batch::Outcome>& outcomes);

/// A line for each run, below it one for each deviation; `most` of a run at the most.
std::string check_text(const std::vector<Judgement>& all, std::size_t most = 20);
std::string check_json(const std::vector<Judgement>& all);
/// As continuous integration reads it: a test case for each run.
std::string junit_xml(const std::vector<Judgement>& all, const std::string& suite);

}  // namespace kiln::check
