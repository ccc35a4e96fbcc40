// SPDX-License-Identifier: MIT
#include "check/check_config.h"

#include <algorithm>
#include <cmath>

#include "config/unique_names.h"
#include "output/encode.h"
#include "report/condition.h"
#include "report/glossary.h"

namespace kiln::check {

namespace {

std::string wrong_condition(const std::string& text) {
  try {
    return report::unknown_result(report::parse_condition("never", text).key);
  } catch (const base::ConfigError& error) {
    return error.problems().front().message;
  }
}

void check_runs(const CheckConfig& config, config::Checker& check) {
  if (config.runs.empty()) check.fail("runs", "at least one run is needed");
  // The names become files, in which some characters cannot stand.
  const auto file_of = [](const auto& run) { return output::file_name(run.name); };
  config::unique_names(config.runs, file_of, "runs", check);
  for (const std::string& text : config.never)
    if (const std::string why = wrong_condition(text); !why.empty())
      check.fail("never", fmt::format("{}: {}", text, why));
}

}  // namespace

double Tolerance::allowed(double approved) const {
  return std::max(relative * std::abs(approved), absolute);
}

const config::Record<Tolerance>& describe(const Tolerance*) {
  using C = Tolerance;
  static const auto record =
      config::Record<C>("tolerance", "How far a number may lie from the approved one: the larger of both")
          .field("relative", &C::relative,
                 {.doc = "Share of the approved number",
                  .unit = base::Dimension::fraction,
                  .min = 0,
                  .max = 1000,
                  .source = "rounding of another compiler; the same binary gives the same number"})
          .field("absolute", &C::absolute,
                 {.doc = "Amount in the number's own unit, as summary.json has it",
                  .min = 0,
                  .max = 1e30,
                  .source = "the share alone"})
          .field("ignore", &C::ignore, {.doc = "Do not compare the number", .source = "all are compared"});
  return record;
}

const config::Record<CheckConfig>& describe(const CheckConfig*) {
  using C = CheckConfig;
  static const auto record =
      config::Record<C>("check", "A regression check: runs, and how far their numbers may move")
          .field("runs", &C::runs, {.doc = "Experiments; each needs a name of its own", .required = true})
          .field("tolerance", &C::tolerance, {.doc = "Of every number"})
          .field("tolerances", &C::tolerances,
                 {.doc = "By key of summary.json or pattern (energy_j.*); later entries win"})
          .field("never", &C::never,
                 {.doc = "Conditions that fail a run whatever was approved, such as throttled_time_s>0",
                  .text = config::Text::prose})
          .check(check_runs);
  return record;
}

}  // namespace kiln::check
