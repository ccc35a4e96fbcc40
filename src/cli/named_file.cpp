// SPDX-License-Identifier: MIT
#include "cli/named_file.h"

#include <filesystem>

#include "base/error.h"
#include "base/text.h"
#include "cli/catalogue.h"

namespace kiln::cli {

namespace {

namespace fs = std::filesystem;

bool is_path(const std::string& spelling) {
  std::error_code none;
  return spelling.empty() || spelling.find('/') != std::string::npos || fs::path(spelling).has_extension() ||
         fs::exists(spelling, none);
}

}  // namespace

std::string named_file(const std::string& spelling, const std::string& folder) {
  if (is_path(spelling)) return spelling;
  std::vector<std::string> names;
  for (const ConfigFile& file : config_files(find_configs() / folder)) {
    names.push_back(file.path.stem().string());
    if (names.back() == spelling) return file.path.string();
  }
  throw base::ConfigError({spelling, 0, 0}, "",
                          fmt::format("there is no such file, and none of that name in {}{}",
                                      (find_configs() / folder).string(), base::suggestion(spelling, names)));
}

CLI::Validator file_named_in(const std::string& folder) {
  return {[folder](std::string& text) {
            text = named_file(text, folder);
            return std::string();
          },
          ""};
}

}  // namespace kiln::cli
