// SPDX-License-Identifier: MIT
// The program under test, and an experiment that takes a fraction of a second.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "support/process.h"
#include "support/scratch_folder.h"

namespace kiln::testing {

inline std::string source(const std::string& path) {
  return std::string(KILN_SOURCE_DIR) + "/" + path;
}

inline ProcessResult run_kiln(std::vector<std::string> arguments, const ProcessOptions& options = {}) {
  arguments.insert(arguments.begin(), KILN_BINARY);
  return run_process(arguments, options);
}

inline std::string tiny_text() {
  return fmt::format(
      "name: tiny\nworkload: {0}/configs/workloads/lenet5_r28.yaml\ntraining: {{batch: 2}}\n"
      "soc: {0}/configs/soc/edge_lpddr5.yaml\nrun: {{horizon: steps, steps: 1, audit_windows: 1}}\n",
      KILN_SOURCE_DIR);
}

inline std::string write_tiny(const ScratchFolder& scratch) {
  return scratch.write("tiny.yaml", tiny_text());
}

/// Every line of stderr is one of ours.
inline bool only_our_lines(const std::string& err) {
  std::istringstream lines(err);
  for (std::string line; std::getline(lines, line);)
    if (!line.starts_with("kiln: ")) return false;
  return true;
}

/// The first Python that has a module ("sys": any); empty where none has.
inline std::string python_with(const std::string& module) {
  for (const char* name : {"python3", "/usr/bin/python3"})  // one built by hand may stand before Debian's
    if (run_process({name, "-c", "import " + module}).exit_code == 0) return name;
  return "";
}

}  // namespace kiln::testing
