// SPDX-License-Identifier: MIT
#include "cli/list_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/catalogue.h"
#include "cli/output_options.h"
#include "output/json.h"

namespace kiln::cli {

namespace {

struct ListArguments {
  std::string kind;
  std::string configs;
  std::string format = "text";
};

std::string as_json(const std::vector<ConfigFile>& files) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const ConfigFile& file : files)
    list.push_back({{"kind", file.kind}, {"path", file.path.string()}, {"about", file.about}});
  return output::json_text(list, 2) + "\n";
}

constexpr std::size_t kListWidth = 110, kIndent = 31;

/// The words in lines that begin at column kIndent, the first behind `head`.
std::string wrapped(const std::string& head, const std::string& text) {
  std::string out, line = head;
  for (const std::string& word : base::split(text, ' ')) {
    if (line.size() > kIndent && line.size() + 1 + word.size() > kListWidth) {
      out += line + "\n";
      line.clear();
    }
    line.resize(std::max(kIndent, line.size() + 1), ' ');
    line += word;
  }
  return out + line + "\n";
}

/// By kind, and below it by folder: names are what commands take.
std::string as_text(const std::vector<ConfigFile>& files) {
  std::string text;
  for (const FileKind& kind : file_kinds()) {
    const auto of_kind = [&](const ConfigFile& file) { return file.kind == kind.name(); };
    if (std::none_of(files.begin(), files.end(), of_kind)) continue;
    text += fmt::format("{}: {}\n", kind.name(), kind.record->doc());
    std::filesystem::path folder;
    for (const ConfigFile& file : files) {
      if (!of_kind(file)) continue;
      if (file.path.parent_path() != folder)
        text += fmt::format(" in {}\n", file.path.parent_path().string());
      folder = file.path.parent_path();
      text += wrapped("  " + file.path.stem().string(), file.about);
    }
    text += "\n";
  }
  return text;
}

void run_list(const ListArguments& arguments, Context& context) {
  namespace fs = std::filesystem;
  const std::string kind = arguments.kind.empty() ? "" : file_kind_called(arguments.kind).name();
  const fs::path folder = arguments.configs.empty() ? find_configs() : fs::path(arguments.configs);
  std::error_code none;
  if (!fs::is_directory(folder, none)) throw base::ConfigError({folder.string(), 0, 0}, "", "no such folder");
  std::vector<ConfigFile> files = config_files(folder);
  const auto other_kind = [&](const ConfigFile& file) { return !kind.empty() && file.kind != kind; };
  files.erase(std::remove_if(files.begin(), files.end(), other_kind), files.end());
  for (ConfigFile& file : files) file.path = file.path.lexically_proximate(fs::current_path());
  context.out << (arguments.format == "json" ? as_json(files) : as_text(files));
}

}  // namespace

void add_list_command(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<ListArguments>();
  CLI::App* command = app.add_subcommand("list", "The configuration files there are, by kind");
  command->add_option("kind", arguments->kind,
                      "Only files of this kind, e.g. experiment, chip (soc), net (network), sweep");
  command->add_option("--configs", arguments->configs, "Folder to look in (default: the nearest 'configs')");
  add_format_option(*command, arguments->format);
  command->callback([arguments, &context] { run_list(*arguments, context); });
}

}  // namespace kiln::cli
