// SPDX-License-Identifier: MIT
#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "cli/catalogue.h"
#include "fuzz/parsers/table.h"

namespace kiln::fuzz {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestSeed =
    4000;  // longer files are only slower; a kind without shorter ones has its shortest

std::vector<std::string> shipped_of(const std::string& name) {
  const fs::path configs = fs::path(KILN_SOURCE_DIR) / "configs";
  std::vector<std::string> paths;
  for (const cli::ConfigFile& file : cli::config_files(configs))
    if (file.kind == name) paths.push_back(file.path.string());
  for (const auto& entry : fs::recursive_directory_iterator(configs))
    if (entry.path().extension() == "." + name) paths.push_back(entry.path().string());
  return paths;
}

}  // namespace

std::vector<Seed> seeds_of(const Parser& parser) {
  std::vector<std::string> paths;
  for (const std::string& corpus : parser.corpora)
    for (const auto& entry : fs::directory_iterator(fs::path(KILN_SOURCE_DIR) / "tests/fuzz/corpus" / corpus))
      if (entry.is_regular_file()) paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  std::vector<Seed> seeds;
  const auto add = [&](const std::string& path, bool shipped) {
    seeds.push_back({path, base::read_file(path), shipped});
  };
  for (const std::string& path : paths)
    if (fs::file_size(path) <= kLongestSeed) add(path, false);
  paths = shipped_of(parser.name);
  std::sort(paths.begin(), paths.end(), [](const std::string& a, const std::string& b) {
    return std::pair(fs::file_size(a), a) < std::pair(fs::file_size(b), b);
  });
  for (const std::string& path : paths)
    if (path == paths.front() || fs::file_size(path) <= kLongestSeed) add(path, true);
  return seeds;
}

}  // namespace kiln::fuzz
