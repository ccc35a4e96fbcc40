// SPDX-License-Identifier: MIT
// Which assumption decides: a result with one factor at a time at the ends of what it may be, and, on
// request, with all of them moved together (Morris, Sobol).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "batch/processes.h"
#include "output/folder.h"
#include "report/condition.h"
#include "solve/factors.h"
#include "solve/variance.h"

namespace kiln::solve {

struct Inquiry {
  config::Node experiment;
  std::string file;
  config::ParsedFiles parts;  ///< that it includes
  std::string metric = "energy_j";
  std::vector<report::Condition> verdicts;  ///< do they hold whatever the factors are?
  std::vector<Factor> factors;
  std::size_t paths = 0;    ///< of Morris' method; 0: not asked for
  std::size_t samples = 0;  ///< for shares of the variance; 0: not asked for
  std::uint64_t seed = 1;
};

/// Where a verdict changes as one factor moves from the experiment's value to an end.
struct Flip {
  std::size_t verdict = 0;
  double level = 0;
};

struct Effect {
  std::size_t factor = 0;
  std::optional<double> low, high;  ///< the metric at both ends; nothing: that run failed
  std::string failure;              ///< why
  std::vector<Flip> flips;
  double mean_effect = 0,
         spread = 0;  ///< Morris: mean of the absolute effects over the whole range, their spread
  VarianceShare variance;

  double swing(double base) const;  ///< largest change from the base
};

struct Sensitivity {
  double base = 0;
  std::string validity;
  std::vector<bool> base_holds;  ///< verdicts
  std::vector<Effect> effects;   ///< the largest first
  std::size_t runs = 0;
};

/// Throws SimError when the experiment itself fails, ConfigError when it has no such number.
Sensitivity find_sensitivity(const Inquiry& inquiry, const batch::BatchOptions& options,
                             const std::function<void(std::size_t runs)>& progress);

std::string sensitivity_text(const Inquiry& inquiry, const Sensitivity& found);
std::string sensitivity_csv(const Inquiry& inquiry, const Sensitivity& found);
std::string sensitivity_json(const Inquiry& inquiry, const Sensitivity& found);
/// A tornado: a bar for each factor, from its low to its high end.
std::string tornado_svg(const Inquiry& inquiry, const Sensitivity& found);

}  // namespace kiln::solve
