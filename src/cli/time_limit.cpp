// SPDX-License-Identifier: MIT
#include "cli/time_limit.h"

#include "base/units.h"
#include "cli/interrupt.h"

namespace kiln::cli {

namespace {

/// What work that asks its watch seldom gets beyond its limit, before the process is ended.
constexpr double kGrace_s = 10;

double parse_time(const std::string& option, const std::string& text) {
  try {
    const double time_s = base::parse_quantity(text, base::Dimension::time);
    if (time_s > 0) return time_s;
  } catch (const base::UnitError& error) {
    throw CLI::ValidationError(option, error.what());
  }
  throw CLI::ValidationError(option, "must be above 0, not " + text);
}

}  // namespace

void add_time_option(CLI::App& command, const std::string& option, std::optional<double>& time_s,
                     const std::string& doc) {
  command
      .add_option_function<std::string>(
          option, [&time_s, option](const std::string& text) { time_s = parse_time(option, text); }, doc)
      ->type_name("TIME");
}

void add_time_limit(CLI::App& command, std::optional<double>& limit_s, const std::string& doc) {
  add_time_option(command, "--time-limit", limit_s, doc);
}

base::Watch watch_for(const Context& context, std::optional<double> limit_s) {
  end_in_good_order();
  if (limit_s) end_at_latest(*limit_s + kGrace_s);
  return base::Watch(context.stop, limit_s);
}

}  // namespace kiln::cli
