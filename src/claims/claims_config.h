// SPDX-License-Identifier: MIT
// What articles claim, the mechanisms that bound it, and the runs that it is held against.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "experiment/experiment.h"

namespace kiln::claims {

/// A law of physics or arithmetic with its usual inputs.
struct MechanismConfig {
  std::string name;
  std::string formula;  ///< in SI units
  std::string unit;     ///< of its result
  std::map<std::string, double> given;
  std::string source;
};
const config::Record<MechanismConfig>& describe(const MechanismConfig*);

/// Which side a claim promises to be on.
enum class Promise { at_most, at_least, equal };
std::span<const config::EnumName<Promise>> enum_names(const Promise*);

struct ClaimConfig {
  std::string name, article, section, claim;
  std::optional<double> claimed;  ///< in `unit`; nothing: the article gives no number
  std::string unit;
  Promise says = Promise::at_most;
  std::string mechanism;                ///< what bounds it
  std::map<std::string, double> given;  ///< inputs of the formula that are this claim's own
  double scale = 1;                     ///< from the formula's result to `unit`
  std::string instead;                  ///< the mechanism at work where this one cannot be: "voltage droop"
  std::string run, figure;              ///< what was simulated: a formula over numbers of that run
  std::string comment;
};
const config::Record<ClaimConfig>& describe(const ClaimConfig*);

/// A target of the scoreboard.
struct TargetConfig {
  std::string what, figure, unit;
  double value = 0;
  Promise says = Promise::at_most;
  std::string source;
};
const config::Record<TargetConfig>& describe(const TargetConfig*);

struct ClaimsConfig {
  std::vector<experiment::ExperimentConfig> runs;              ///< the first is the preset of the scoreboard
  std::map<std::string, std::map<std::string, double>> nodes;  ///< facts of a node that configs/tech has not
  std::vector<MechanismConfig> mechanisms;
  std::vector<ClaimConfig> claims;
  std::vector<TargetConfig> targets;
};
const config::Record<ClaimsConfig>& describe(const ClaimsConfig*);

}  // namespace kiln::claims
