// SPDX-License-Identifier: MIT
#include "cli/dram_command.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "base/error.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/number_checks.h"
#include "cli/output_options.h"
#include "cli/set_option.h"
#include "cli/time_limit.h"
#include "config/load.h"
#include "part/dram.h"

namespace kiln::cli {
namespace {

struct DramArguments {
  std::string config;
  std::vector<std::string> overrides;
  std::string trace;
  std::string trace_form = "auto";
  std::string trace_clock;
  bool lenient = false;
  std::string pattern;
  std::string mapping = "B";
  std::string refresh;
  std::string injection = "saturating";
  std::string log;
  std::string format = "text";
  std::uint64_t requests = 100000;
  std::vector<double> temperatures;
  std::optional<double> time_limit_s;
};

template <class E>
E choice(const std::string& key, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& entry : enum_names(static_cast<const E*>(nullptr))) {
    if (name == entry.name) return entry.value;
    names.emplace_back(entry.name);
  }
  const std::string near = base::nearest_name(name, names);
  throw base::ConfigError({}, key,
                          fmt::format("unknown '{}'; allowed: {}{}", name, base::join(names, ", "),
                                      near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
}

/// Of --trace-clock, in Hz.
double clock(const std::string& text) {
  constexpr double kSlowest_hz = 1e3, kFastest_hz = 1e12;
  double hz = 0;
  try {
    hz = base::parse_quantity(text, base::Dimension::frequency);
  } catch (const base::UnitError& error) {
    throw base::ConfigError({}, "--trace-clock", error.what());
  }
  if (hz < kSlowest_hz || hz > kFastest_hz)
    throw base::ConfigError({}, "--trace-clock",
                            fmt::format("'{}' is outside {} to {}", text,
                                        base::format_quantity(kSlowest_hz, base::Dimension::frequency),
                                        base::format_quantity(kFastest_hz, base::Dimension::frequency)));
  return hz;
}

void run(const DramArguments& arguments, Context& context) {
  std::vector<std::string> overrides = arguments.overrides;
  if (!arguments.refresh.empty()) overrides.push_back("refresh.policy=" + arguments.refresh);
  if (arguments.trace.empty() == arguments.pattern.empty())
    throw base::ConfigError({}, "pattern", "give either --trace FILE or --pattern NAME");
  part::DramRun request;
  auto loaded = config::load<dram::StandaloneConfig>(arguments.config, overrides);
  request.config = std::move(loaded.value);
  request.inputs = std::move(loaded.files);
  request.trace = arguments.trace;
  request.trace_options = {.form = choice<part::TraceForm>("trace_form", arguments.trace_form),
                           .clock_hz = arguments.trace_clock.empty() ? 0.0 : clock(arguments.trace_clock),
                           .lenient = arguments.lenient};
  if (!arguments.trace.empty()) request.inputs.push_back(arguments.trace);
  if (!arguments.pattern.empty()) {
    request.pattern = choice<dram::Pattern>("pattern", arguments.pattern);
    request.mapping = choice<dram::WalkMapping>("mapping", arguments.mapping);
  }
  request.requests = arguments.requests;
  request.injection = part::parse_injection(arguments.injection);
  request.log = arguments.log;
  request.temperatures_c = arguments.temperatures;
  request.watch = watch_for(context, arguments.time_limit_s);
  const part::DramResult result = part::run_dram(request);
  context.out << (arguments.format == "json" ? part::to_json(result) + "\n" : part::to_text(result));
}

}  // namespace

void add_dram_command(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<DramArguments>();
  CLI::App* command =
      app.add_subcommand("dram", "One DRAM part alone: a trace or a pattern, command by command");
  command->add_option("--config", arguments->config, "DRAM part, e.g. configs/parts/dram/hbm2e_3200.yaml")
      ->required();
  add_set_option(*command, arguments->overrides);
  command->add_option("--trace", arguments->trace,
                      "Requests, a line each; cycle 0, or a form without cycles: as fast as accepted");
  command
      ->add_option(
          "--trace-form", arguments->trace_form,
          "auto (by the first line), dramsim3 (`ADDRESS READ|WRITE CYCLE`), ramulator (`ADDRESS R|W`), "
          "load_store (`LD|ST ADDRESS`, decimal without 0x; all others are hexadecimal), coordinates (`R|W "
          "CHANNEL,...,ROW,COLUMN`) or dramsys (`CYCLE: [(BYTES)] read|write ADDRESS`; in a file .rstl "
          "cycles "
          "count from the line before)")
      ->capture_default_str();
  command->add_option(
      "--trace-clock", arguments->trace_clock,
      "Clock that the trace's cycles count, e.g. \"2 GHz\" (clkMhz of DRAMSys' player); without "
      "it the memory's");
  command->add_flag("--lenient", arguments->lenient,
                    "Skip and name requests and words of a trace that are not known");
  command->add_option(
      "--pattern", arguments->pattern,
      "seq_read seq_write mix21_same mix21_pc mix21_two pp_1_1 pp_pc_1_1 pp_16_16 rand_read rand_write "
      "rand_mix21 conf_read conf_write conf2_read idle_closed idle_hit idle_conf");
  command->add_option("--mapping", arguments->mapping, "Order of a pattern's walk: B, R or I")
      ->capture_default_str();
  command->add_option("--requests", arguments->requests, "Requests of a pattern")
      ->check(above_zero())
      ->capture_default_str();
  command->add_option("--refresh", arguments->refresh,
                      "none, all_bank or per_bank instead of the configured policy");
  command->add_option("--injection", arguments->injection, "saturating, idle[:CYCLES] or paced:CYCLES")
      ->capture_default_str();
  command
      ->add_option(
          "--temperature", arguments->temperatures,
          "Die temperature in degC, one or a list T,T,... with one for each channel: sets refresh rates, "
          "reports retention")
      ->delimiter(',');
  command->add_option("--log", arguments->log, "Write every command to this CSV file")->check(not_empty());
  add_time_limit(*command, arguments->time_limit_s, "End after this wall time as failed, e.g. 30s, 5min");
  add_format_option(*command, arguments->format);
  command->callback([arguments, &context] { run(*arguments, context); });
}

}  // namespace kiln::cli
