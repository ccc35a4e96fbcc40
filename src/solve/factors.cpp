// SPDX-License-Identifier: MIT
#include "solve/factors.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "config/load.h"
#include "solve/question.h"

namespace kiln::solve {

namespace {

constexpr double kSameRatio = 0.02;  // constants of a group whose ratios differ by less are told as one

double target_of(const experiment::Constant& constant, double level) {
  const double end = level < 0 ? constant.low : constant.high;
  return constant.value + std::abs(level) * (end - constant.value);
}

}  // namespace

std::string Factor::text(double level) const {
  if (is_key()) return level == 0 ? base : axis.text((level + 1) / 2);
  std::vector<double> ratios;
  for (const experiment::Constant& constant : constants)
    ratios.push_back(target_of(constant, level) / constant.value);
  const auto [least, most] = std::minmax_element(ratios.begin(), ratios.end());
  if (*most - *least < kSameRatio) return fmt::format("x {:.3g}", *least);
  return fmt::format("x {:.3g} to {:.3g}", *least, *most);
}

std::vector<Factor> factors_of_constants(const experiment::ExperimentConfig& experiment) {
  std::map<std::string, Factor> groups;
  for (experiment::Constant& constant : experiment::banded_constants(experiment)) {
    Factor& factor = groups[constant.group];
    factor.name = constant.group;
    factor.constants.push_back(std::move(constant));
  }
  std::vector<Factor> factors;
  for (auto& [name, factor] : groups) factors.push_back(std::move(factor));
  return factors;
}

experiment::ExperimentConfig at_levels(const config::Node& tree, const std::string& file,
                                       const config::ParsedFiles& parts, const std::vector<Factor>& factors,
                                       const std::vector<double>& levels) {
  config::Node moved = tree;
  for (std::size_t i = 0; i < factors.size(); ++i)
    if (factors[i].is_key() && levels[i] != 0)
      config::apply_override(moved, setting(factors[i].axis, (levels[i] + 1) / 2));
  experiment::ExperimentConfig experiment =
      config::read_tree<experiment::ExperimentConfig>(moved, file, config::Reader(parts)).value;
  std::vector<experiment::Shift> shifts;
  for (std::size_t i = 0; i < factors.size(); ++i)
    for (const experiment::Constant& constant : factors[i].constants)
      if (levels[i] != 0) shifts.push_back({&constant, target_of(constant, levels[i])});
  if (!shifts.empty()) experiment.soc = experiment::ShiftableChip(experiment.soc).with(shifts);
  return experiment;
}

}  // namespace kiln::solve
