// SPDX-License-Identifier: MIT
#include "cli/set_option.h"

#include <CLI/CLI.hpp>
#include <algorithm>

namespace kiln::cli {

namespace {

constexpr std::string_view kTakesSettings[] = {"--set", "--bind", "--treat", "--over", "--each"};

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
  std::string option;  // that the word before was a value of
  for (const std::string& word : arguments) {
    const std::string last = words.empty() ? "" : words.back();
    const bool value =
        std::find(std::begin(kTakesSettings), std::end(kTakesSettings), last) != std::end(kTakesSettings);
    const bool another = !option.empty() && is_setting(word);
    if (another) words.push_back(option);
    words.push_back(word);
    option = value ? last : another ? option : "";
  }
  return words;
}

}  // namespace kiln::cli
