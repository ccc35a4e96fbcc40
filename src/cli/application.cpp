// SPDX-License-Identifier: MIT
#include "cli/application.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <new>

#include "base/error.h"
#include "base/text.h"
#include "base/version.h"
#include "base/watch.h"
#include "cli/check_command.h"
#include "cli/claims_command.h"
#include "cli/compare_command.h"
#include "cli/completion_command.h"
#include "cli/dram_command.h"
#include "cli/explain_command.h"
#include "cli/fleet_command.h"
#include "cli/import_command.h"
#include "cli/job_command.h"
#include "cli/link_command.h"
#include "cli/list_command.h"
#include "cli/man_command.h"
#include "cli/new_command.h"
#include "cli/noc_command.h"
#include "cli/npu_command.h"
#include "cli/pipeline_command.h"
#include "cli/report_command.h"
#include "cli/run_command.h"
#include "cli/schema_command.h"
#include "cli/sensitivity_command.h"
#include "cli/set_option.h"
#include "cli/silicon_command.h"
#include "cli/solve_command.h"
#include "cli/squeeze_command.h"
#include "cli/sweep_command.h"
#include "cli/thermal_command.h"
#include "cli/trace_command.h"
#include "cli/train_command.h"
#include "cli/validate_command.h"
#include "output/encode.h"

namespace kiln::cli {

namespace {

void print_error(std::ostream& err, const std::string& text) {
  for (const std::string& line : base::split(text, '\n'))
    if (!line.empty()) err << "kiln: error: " << base::shown(line) << '\n';
}

CLI::App* subcommand_called(CLI::App& app, const std::string& name) {
  for (CLI::App* command : app.get_subcommands(nullptr))
    if (command->get_name() == name) return command;
  return nullptr;
}

/// The subcommand the words lead to, as far as they are known; `depth` words name it.
CLI::App& command_of(CLI::App& app, const std::vector<std::string>& arguments, std::size_t& depth) {
  CLI::App* at = &app;
  for (depth = 0; depth < arguments.size(); ++depth) {
    CLI::App* next = subcommand_called(*at, arguments[depth]);
    if (next == nullptr) break;
    at = next;
  }
  return *at;
}

/// CLI11 says what it did not expect; we add what it may have been.
std::string usage_error(CLI::App& app, const std::vector<std::string>& arguments,
                        const CLI::ParseError& error) {
  std::size_t depth = 0;
  CLI::App& command = command_of(app, arguments, depth);
  std::vector<std::string> names;
  for (const CLI::App* sub : command.get_subcommands(nullptr)) names.push_back(sub->get_name());
  if (!names.empty() && depth < arguments.size() && arguments[depth].front() != '-')
    return fmt::format("unknown command '{}'{}", arguments[depth], base::suggestion(arguments[depth], names));

  std::string text = error.what();
  std::replace(text.begin(), text.end(), '\n', ' ');
  std::vector<std::string> options;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : option->get_lnames()) options.push_back("--" + name);
  for (const std::string& word : command.remaining()) {
    const std::string near = base::nearest_name(word, options);
    if (!near.empty() && near != word) text += fmt::format("; did you mean '{}'?", near);
  }
  const std::vector<std::string> words(arguments.begin(),
                                       arguments.begin() + static_cast<std::ptrdiff_t>(depth));
  return fmt::format("{} (see 'kiln {}{}--help')", base::trim(text), base::join(words, " "),
                     words.empty() ? "" : " ");
}

void add_commands(CLI::App& app, Context& context) {
  add_run_command(app, context);
  add_train_command(app, context);
  add_job_command(app, context);
  add_new_command(app, context);
  add_import_command(app, context);
  add_validate_command(app, context);
  add_sweep_command(app, context);
  add_solve_command(app, context);
  add_sensitivity_command(app, context);
  add_fleet_command(app, context);
  add_pipeline_command(app, context);
  add_squeeze_command(app, context);
  add_silicon_command(app, context);
  add_claims_command(app, context);
  add_report_command(app, context);
  add_trace_command(app, context);
  add_compare_command(app, context);
  add_check_command(app, context);
  add_list_command(app, context);
  add_explain_command(app, context);
  add_schema_command(app, context);
  add_completion_command(app, context);
  add_man_command(app, context);
  add_dram_command(app, context);
  add_noc_command(app, context);
  add_link_command(app, context);
  add_npu_command(app, context);
  add_thermal_command(app, context);
}

int parse_and_run(CLI::App& app, const std::vector<std::string>& arguments, Context& context) {
  try {
    add_commands(app, context);
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));  // CLI11 takes them reversed
    return context.exit_code;
  } catch (const CLI::Success& asked) {  // --help, --version
    app.exit(asked, context.out, context.err);
    return kGood;
  } catch (const CLI::ParseError& error) {
    print_error(context.err, usage_error(app, arguments, error));
    return kBadInput;
  } catch (const base::ConfigError& error) {
    print_error(context.err, error.what());
    return kBadInput;
  } catch (const base::Interrupted&) {
    print_error(context.err, "interrupted");
    return kInterrupted;
  } catch (const std::bad_alloc&) {
    print_error(context.err, "out of memory");
    return kSimulationFailed;
  } catch (const std::filesystem::filesystem_error& error) {  // of looking, most often for lack of permission
    print_error(context.err, fmt::format("{}: {}", error.path1().string(), error.code().message()));
    return kBadInput;
  } catch (const std::exception& error) {
    print_error(context.err, error.what());
    return kSimulationFailed;
  }
}

}  // namespace

int run_application(const std::vector<std::string>& arguments, Context& context) {
  CLI::App app("Cycle-approximate simulator of systems-on-chip that train neural networks at the edge",
               "kiln");
  app.set_version_flag("--version", std::string(base::version()));
  app.set_help_all_flag("--help-all", "Help of every command");
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  const int code = parse_and_run(app, one_set_each(arguments), context);
  context.out.flush();
  if (context.out.good()) return code;
  print_error(context.err, "cannot write the standard output");
  return code == kGood ? kSimulationFailed : code;
}

}  // namespace kiln::cli
