// SPDX-License-Identifier: MIT
// What is swept: a configuration, how it is validated and how it is run.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "support/config_leaves.h"

namespace kiln::testing {

struct Subject {
  const config::RecordBase* record = nullptr;
  config::Node effective;  ///< every key written out
  /// Reads and checks without simulating; throws base::ConfigError.
  std::function<void(const config::Node&)> validate;
  /// Whether only `run` sees all parts together and may refuse them as `validate` does.
  bool parts_meet_in_run = false;
  /// Patterns of keys that only ask for more of the same work: a run that still makes progress at the limit
  /// is good, and it may take more memory.
  std::vector<std::string> amounts_of_work;
  /// Simulates and returns numbers that must be finite.
  std::function<std::vector<std::pair<std::string, double>>(const config::Node&)> run;
};

using Change = std::pair<std::string, std::string>;  ///< key path, YAML value

/// Validates and, when that is passed, runs `subject` with these changes in a process of its own with limits
/// of time and memory. Empty if `validate` kept its promise: it refused with a key and a reason, or the run
/// ended with finite numbers or a physical verdict. Otherwise what went wrong.
std::string broken_promise(const Subject& subject, const std::vector<Change>& changes);

}  // namespace kiln::testing
