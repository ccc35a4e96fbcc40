// SPDX-License-Identifier: MIT
// Where configurations differ, key by key.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace kiln::experiment {

/// The values of a configuration by their paths; items of lists by name where they have one.
class Settings {
 public:
  /// `text`: of a config.effective.yaml. Throws ConfigError.
  explicit Settings(const std::string& text);

  const std::map<std::string, std::string>& all() const { return values_; }

 private:
  std::map<std::string, std::string> values_;
};

/// Keys that have not the same value everywhere, each with its values, "-" where one is lacking; at most
/// `most` of them. The experiment's name is no setting.
std::vector<std::vector<std::string>> differences(const std::vector<Settings>& settings, std::size_t most);

}  // namespace kiln::experiment
