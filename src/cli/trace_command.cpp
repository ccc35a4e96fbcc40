// SPDX-License-Identifier: MIT
#include "cli/trace_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>

#include "base/display_unit.h"
#include "base/error.h"
#include "base/file.h"
#include "base/units.h"
#include "cli/number_checks.h"
#include "output/encode.h"
#include "output/folder.h"
#include "output/text_table.h"
#include "stats/perfetto.h"
#include "stats/trace_reader.h"

namespace kiln::cli {

namespace {

namespace fs = std::filesystem;

struct TraceArguments {
  std::string folder, window, out;
};

struct TimeWindow {
  base::TimePs from = 0, to = 0;
};

std::string time_text(base::TimePs time) {
  const double time_s = base::to_seconds(time);
  const base::DisplayUnit unit = base::display_unit(time_s, base::Dimension::time);
  return fmt::format("{:.6g} {}", time_s / unit.factor, unit.symbol);
}

/// 'FROM..TO', times with units, within the trace.
TimeWindow window_of(const std::string& text, base::TimePs end) {
  const base::Place place{"--window " + text, 0, 0};
  const std::size_t dots = text.find("..");
  if (dots == std::string::npos)
    throw base::ConfigError(place, "", "is FROM..TO with units, for example 1.2ms..1.5ms");
  TimeWindow window;
  try {
    window.from = base::from_seconds(base::parse_quantity(text.substr(0, dots), base::Dimension::time));
    window.to = base::from_seconds(base::parse_quantity(text.substr(dots + 2), base::Dimension::time));
  } catch (const base::UnitError& error) {
    throw base::ConfigError(place, "", error.what());
  }
  if (window.from < 0 || window.from >= window.to || window.from >= end)
    throw base::ConfigError(
        place, "", fmt::format("must rise and begin within the step, which takes {}", time_text(end)));
  return window;
}

base::TimePs end_of(const stats::Trace& trace) {
  base::TimePs end = 0;
  for (const stats::Trace::Slice& slice : trace.slices()) end = std::max(end, slice.end);
  for (const stats::Trace::Sample& sample : trace.samples()) end = std::max(end, sample.time + 1);
  return end;
}

/// How busy each unit is.
std::string units_text(const stats::Trace& cut, const TimeWindow& window) {
  std::vector<base::TimePs> busy(cut.tracks().size());
  std::vector<std::size_t> slices(cut.tracks().size());
  for (const stats::Trace::Slice& slice : cut.slices()) {
    busy[static_cast<std::size_t>(slice.track)] += slice.end - slice.begin;
    ++slices[static_cast<std::size_t>(slice.track)];
  }
  std::vector<std::vector<std::string>> rows{{"unit", "busy", "slices"}};
  for (std::size_t i = 0; i < busy.size(); ++i)
    rows.push_back({cut.tracks()[i],
                    fmt::format("{:.1f} %", 100.0 * static_cast<double>(busy[i]) /
                                                static_cast<double>(window.to - window.from)),
                    std::to_string(slices[i])});
  return output::columns(rows);
}

void cut(const TraceArguments& arguments, Context& context) {
  const fs::path file = fs::is_directory(arguments.folder) ? fs::path(arguments.folder) / "trace.json"
                                                           : fs::path(arguments.folder);
  const stats::Trace whole = stats::read_trace(base::read_file(file.string()), file.string());
  const TimeWindow window = window_of(arguments.window, end_of(whole));
  const output::Folder folder(arguments.out, "trace");
  folder.check_replace();
  folder.check_inputs({file.string()});
  const stats::Trace part = whole.within(window.from, window.to);
  folder.replace({{"trace.json", part.to_json()}, {"trace.pftrace", stats::perfetto_trace(part)}});
  context.out << output::terminal_text(
      fmt::format("{} to {} of {}\n{}\nFiles in {}\n", time_text(window.from), time_text(window.to),
                  time_text(end_of(whole)), units_text(part, window), folder.path().string()));
}

}  // namespace

void add_trace_command(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<TraceArguments>();
  CLI::App* command =
      app.add_subcommand("trace", "A window of a run's timeline as a trace of its own, after the run");
  command->add_option("folder", arguments->folder, "Folder of kiln run, or its trace.json")->required();
  command->add_option("--window", arguments->window, "FROM..TO since the step began, e.g. 1.2ms..1.5ms")
      ->required()
      ->check(not_empty());
  command->add_option("--out", arguments->out, "Folder of trace.pftrace and trace.json")
      ->default_val("out/trace")
      ->check(not_empty());
  command->callback([arguments, &context] { cut(*arguments, context); });
}

}  // namespace kiln::cli
