// SPDX-License-Identifier: MIT
#include "cli/results.h"

#include <CLI/CLI.hpp>

#include "base/error.h"
#include "output/encode.h"

namespace kiln::cli {

using output::terminal_text;

namespace {

/// What a failed run can still say. Losing it must not hide the error itself.
void keep_failed_run(const output::Folder& folder, output::Files files, const std::string& error,
                     Context& context) {
  const std::string failed = folder.path().string() + ".failed";
  try {
    files["error.txt"] = fmt::format("{}\n\nCommand: {}\n", error, context.command_line);
    output::Folder(failed, "failed run").replace(files);
    context.err << fmt::format("kiln: note: what the failed run had is in {}\n", terminal_text(failed));
  } catch (const std::exception& second) {
    context.err << fmt::format("kiln: note: nothing of the failed run could be kept: {}\n",
                               terminal_text(second.what()));
  }
}

}  // namespace

output::Folder results_folder(const std::string& out, const std::string& kind, const Configured& configured) {
  const std::string usual = fmt::format("out/{}-{:.8}", output::file_name(configured.name), configured.hash);
  output::Folder folder(out.empty() ? usual : out, kind);
  folder.check_replace();
  folder.check_inputs(configured.inputs, {{kEffectiveFile, configured.effective}});
  return folder;
}

void draw(output::Plotter& plotter, const Drawing& drawing, output::Files& files, Context& context) {
  output::Files drawn_from;
  for (const char* name : {drawing.script, drawing.labels, drawing.data}) drawn_from[name] = files.at(name);
  output::Picture picture = plotter.draw(drawn_from, drawing.script, drawing.image);
  if (picture.drawn == output::Drawn::yes) files[drawing.image] = std::move(picture.image);
  if (picture.drawn == output::Drawn::gave_up)
    context.err << fmt::format("kiln: note: no {}, gnuplot took too long\n", drawing.image);
}

output::Files write_results(const output::Folder& folder, const std::string& effective, const Making& making,
                            ProgressLine& line, Context& context) {
  output::Files files;
  bool simulated = false;
  try {
    output::Plotter plotter;
    files = making.simulate();
    simulated = true;
    line.clear();
    making.complete(plotter, files);
    folder.replace(files);
  } catch (const base::ConfigError& error) {
    line.clear();
    if (simulated) keep_failed_run(folder, files, error.what(), context);
    throw;
  } catch (const std::exception& error) {
    line.clear();
    files[kEffectiveFile] = effective;
    keep_failed_run(folder, files, error.what(), context);
    throw;
  }
  return files;
}

void say_if_invalid(const report::Validity& validity, Context& context) {
  if (!validity.invalid()) return;
  const report::ValidityFinding& worst = validity.findings.front();
  context.err << fmt::format("kiln: the result is invalid: {}: {}\n", terminal_text(worst.where),
                             terminal_text(worst.text));
  context.exit_code = kConditionHolds;
}

void add_fail_on_option(CLI::App& command, std::vector<std::string>& texts, const std::string& meaning) {
  command.add_option("--fail-on", texts, "Exit with code 3 if a " + meaning)->allow_extra_args(false);
}

std::vector<report::Condition> fail_on_conditions(
    const std::vector<std::string>& texts, const std::function<std::string(const std::string&)>& unknown) {
  std::vector<report::Condition> conditions;
  for (const std::string& text : texts) {
    conditions.push_back(report::parse_condition("--fail-on", text));
    const report::Condition& condition = conditions.back();
    if (const std::string why = unknown ? unknown(condition.key) : ""; !why.empty())
      throw base::ConfigError({"--fail-on " + condition.text, 0, 0}, "", why);
  }
  return conditions;
}

void say_holding(const std::vector<report::Condition>& conditions,
                 const std::vector<std::pair<std::string, double>>& numbers, Context& context) {
  for (const std::string& condition : report::holding(conditions, numbers)) {
    context.err << "kiln: --fail-on " << condition << '\n';
    context.exit_code = kConditionHolds;
  }
}

}  // namespace kiln::cli
