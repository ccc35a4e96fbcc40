// SPDX-License-Identifier: MIT
// What is asked of an experiment, checked before anything runs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/parsed_files.h"
#include "report/condition.h"
#include "solve/axis.h"

namespace kiln::solve {

struct Objective {
  std::string metric;
  bool maximise = false;
};

struct Question {
  config::Node experiment;    ///< with the overrides of the command
  std::string file;           ///< it was read from
  config::ParsedFiles parts;  ///< that it includes
  std::vector<std::string> overrides;
  std::vector<Objective> objectives;           ///< several: what is sought is the front of all compromises
  std::vector<report::Condition> constraints;  ///< all of <, <=, >, >=
  std::vector<Axis> over;                      ///< what may be chosen
  std::vector<Axis> each;       ///< what is given: an answer for every combination of its values
  std::size_t most_runs = 200;  ///< for each answer
  double tolerance = 1e-3;      ///< of a range, where a search ends
  std::uint64_t seed = 1;       ///< of searches that draw

  std::size_t ranges() const;        ///< axes of `over` that are ranges
  std::size_t combinations() const;  ///< of the values of the others; at most 1e9
};

/// Numbers that a run does not report, constraints without a side, ranges in `each`, values and ends that no
/// experiment may have: throws ConfigError with all problems.
void check(const Question& question);

/// "highest samples_per_s with skin_temperature_c<=43"
std::string to_text(const Question& question);

/// The value as --set takes it: "run.rate=120".
std::string setting(const Axis& axis, double coordinate);

}  // namespace kiln::solve
