// SPDX-License-Identifier: MIT
#include "cli/man_command.h"

#include <CLI/CLI.hpp>

#include "base/version.h"

namespace kiln::cli {

namespace {

/// Text of a manual page: troff reads a backslash, and a dot or an apostrophe at the start of a line, as
/// commands.
std::string troff(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool at_start = out.empty() || out.back() == '\n';
    if (at_start && (c == '.' || c == '\'')) out += "\\&";
    out += c == '\\' ? std::string("\\e") : c == '-' ? std::string("\\-") : std::string(1, c);
  }
  return out;
}

std::string term(const std::string& words, const std::string& text) {
  return ".TP\n\\fB" + troff(words) + "\\fR\n" + troff(text.empty() ? "-" : text) + "\n";
}

/// "--out TEXT", or "experiment" for what has no dashes.
std::string spelling(const CLI::Option& option) {
  std::string text;
  for (const std::string& name : option.get_lnames()) text += (text.empty() ? "--" : ", --") + name;
  if (text.empty()) return option.get_name();
  return option.get_type_name().empty() ? text : text + " " + option.get_type_name();
}

std::string help_of(const CLI::Option& option) {
  std::string text = option.get_description();
  if (!option.get_default_str().empty()) text += " (default " + option.get_default_str() + ")";
  return option.get_required() ? text + " (required)" : text;
}

void add_command(const CLI::App& command, const std::string& path, std::string& text) {
  text += ".SS \"" + troff(path) + "\"\n" + troff(command.get_description()) + "\n";
  for (const CLI::Option* option : command.get_options())
    if (option != command.get_help_ptr() && option != command.get_help_all_ptr())
      text += term(spelling(*option), help_of(*option));
  for (const CLI::App* sub : command.get_subcommands([](const CLI::App*) { return true; }))
    add_command(*sub, path + " " + sub->get_name(), text);
}

std::string page(const CLI::App& app) {
  std::string text = ".TH KILN 1 \"\" \"kiln " + std::string(base::version()) + "\" \"User commands\"\n";
  text += ".SH NAME\nkiln \\- " + troff(app.get_description()) + "\n";
  text += ".SH SYNOPSIS\n.B kiln\n\\fICOMMAND\\fR [\\fIARGUMENTS\\fR]\n";
  text += ".SH COMMANDS\n";
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    add_command(*command, "kiln " + command->get_name(), text);
  text += ".SH EXIT STATUS\n";
  text += term("0", "Good.") + term("1", "The simulation failed.") + term("2", "Usage or configuration.") +
          term("3", "The result is invalid, or a condition of --fail-on or of a check holds.") +
          term("4", "A sweep is incomplete.") + term("130", "Interrupted.");
  text += ".SH ENVIRONMENT\n";
  text += term("KILN_CONFIGS", "Folder of the supplied configurations, before any other.") +
          term("KILN_CACHE", "Folder of simulated steps; off: none are kept.");
  return text;
}

}  // namespace

void add_man_command(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("man", "The manual page: kiln man | man -l -");
  command->callback([&app, &context] { context.out << page(app); });
}

}  // namespace kiln::cli
