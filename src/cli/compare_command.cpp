// SPDX-License-Identifier: MIT
#include "cli/compare_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "base/error.h"
#include "base/file.h"
#include "cli/number_checks.h"
#include "cli/output_options.h"
#include "experiment/settings.h"
#include "output/encode.h"
#include "output/json.h"
#include "report/amount.h"
#include "report/glossary.h"
#include "sweep/results.h"

namespace kiln::cli {

namespace {

struct CompareArguments {
  std::string first, second;
  double tolerance = -1;
  bool all = false;
  std::string format = "text";
};

struct Difference {
  std::string key;
  std::optional<double> first, second;

  bool equal() const { return first && second && *first == *second; }
  /// Relative to the first; infinite when only one side has the number.
  double relative() const {
    if (!first || !second) return std::numeric_limits<double>::infinity();
    if (*first == *second) return 0;
    return std::abs(*second - *first) / std::max(std::abs(*first), std::numeric_limits<double>::min());
  }
};

sweep::Numbers numbers_of(const std::string& path) {
  const bool folder = std::filesystem::is_directory(path);
  return sweep::read_summary(folder ? path + "/summary.json" : path).numbers;
}

using Lookup = std::unordered_map<std::string, double>;

std::optional<double> value_of(const Lookup& numbers, const std::string& key) {
  const auto found = numbers.find(key);
  return found == numbers.end() ? std::nullopt : std::optional(found->second);
}

std::vector<Difference> differences(const sweep::Numbers& first, const sweep::Numbers& second) {
  const Lookup in_first(first.begin(), first.end()), in_second(second.begin(), second.end());
  std::vector<Difference> list;
  for (const auto& [key, value] : first) list.push_back({key, value, value_of(in_second, key)});
  for (const auto& [key, value] : second)
    if (!in_first.contains(key)) list.push_back({key, std::nullopt, value});
  return list;
}

std::string cell(const std::optional<double>& value) {
  return value ? fmt::format("{:.6g}", *value) : std::string("-");
}

std::string change_of(const Difference& line) {
  return line.first && line.second ? report::change_text(*line.first, *line.second, line.key) : "-";
}

/// Of two run folders; empty for files, and for equal settings.
std::vector<std::vector<std::string>> settings_that_differ(const CompareArguments& arguments) {
  constexpr std::size_t kMostSettings = 200;
  std::vector<experiment::Settings> settings;
  for (const std::string& folder : {arguments.first, arguments.second}) {
    const std::filesystem::path file = std::filesystem::path(folder) / "config.effective.yaml";
    std::error_code none;
    if (std::filesystem::is_regular_file(file, none)) settings.emplace_back(base::read_file(file.string()));
  }
  if (settings.size() < 2) return {};
  return experiment::differences(settings, kMostSettings);
}

std::string as_text(const std::vector<Difference>& list,
                    const std::vector<std::vector<std::string>>& settings,
                    const CompareArguments& arguments) {
  std::string text;
  if (!settings.empty()) text += fmt::format("{:<42} {:>14} {:>14}\n", "settings", "A", "B");
  for (const auto& row : settings) text += fmt::format("{:<42} {:>14} {:>14}\n", row[0], row[1], row[2]);
  if (!settings.empty()) text += "\n";
  text += fmt::format("{:<42} {:>14} {:>14} {:>10}  {}\n", "numbers", "A", "B", "B - A", "unit");
  for (const Difference& line : list) {
    if (line.equal() && !arguments.all) continue;
    text += fmt::format("{:<42} {:>14} {:>14} {:>10}  {}\n", line.key, cell(line.first), cell(line.second),
                        change_of(line), report::unit_or_ending(line.key));
  }
  const auto equal = std::count_if(list.begin(), list.end(), [](const auto& line) { return line.equal(); });
  return text + fmt::format("{} of {} numbers are equal\n", equal, list.size());
}

std::string as_json(const std::vector<Difference>& list) {
  nlohmann::ordered_json::object_t object;  // filled as a list: each name is there once
  const auto number = [](const std::optional<double>& value) {
    return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
  };
  for (const Difference& line : list)
    object.push_back({line.key, {{"a", number(line.first)}, {"b", number(line.second)}}});
  return output::json_text(nlohmann::ordered_json(std::move(object)), 2) + "\n";
}

void compare(const CompareArguments& arguments, Context& context) {
  const auto list = differences(numbers_of(arguments.first), numbers_of(arguments.second));
  if (arguments.format == "json")
    context.out << as_json(list);
  else
    context.out << output::terminal_text(as_text(list, settings_that_differ(arguments), arguments));
  if (arguments.tolerance < 0) return;
  for (const Difference& line : list) {
    if (report::depends_on_host(line.key) || line.relative() <= arguments.tolerance) continue;
    context.err << fmt::format("kiln: {} differs by more than {}\n", line.key, arguments.tolerance);
    context.exit_code = kConditionHolds;
  }
}

}  // namespace

void add_compare_command(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<CompareArguments>();
  CLI::App* command = app.add_subcommand("compare", "The settings and numbers of two runs side by side");
  command->add_option("a", arguments->first, "Run folder or summary.json")->required();
  command->add_option("b", arguments->second, "Run folder or summary.json")->required();
  command
      ->add_option("--tolerance", arguments->tolerance,
                   "Exit with code 3 if a number differs by more than this share (host times apart)")
      ->check(not_negative());
  command->add_flag("--all", arguments->all, "Equal numbers too");
  add_format_option(*command, arguments->format);
  command->callback([arguments, &context] { compare(*arguments, context); });
}

}  // namespace kiln::cli
