// SPDX-License-Identifier: MIT
#include "cli/set_option.h"

#include <CLI/CLI.hpp>

namespace kiln::cli {

namespace {

/// "soc.npu.rows=32", not "./a=b.yaml" and not "--out=x".
bool is_setting(const std::string& word) {
  const std::size_t equals = word.find('=');
  return equals != std::string::npos && equals > 0 && word.front() != '-' && word.find('/') > equals;
}

}  // namespace

void add_set_option(CLI::App& command, std::vector<std::string>& overrides) {
  command.add_option("--set", overrides, "Override configuration values: key.key=value ...")
      ->allow_extra_args(false);
}

std::vector<std::string> one_set_each(const std::vector<std::string>& arguments) {
  std::vector<std::string> words;
  bool after_setting = false;
  for (const std::string& word : arguments) {
    const bool value = !words.empty() && words.back() == "--set";
    const bool another = after_setting && is_setting(word);
    if (another) words.emplace_back("--set");
    words.push_back(word);
    after_setting = value || another;
  }
  return words;
}

}  // namespace kiln::cli
