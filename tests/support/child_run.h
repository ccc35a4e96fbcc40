// SPDX-License-Identifier: MIT
// One simulation per process is all SystemC allows: a run in a forked child, its numbers through a pipe.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "config/load.h"
#include "report/run_folder.h"
#include "support/catch.h"
#include "support/forked.h"

namespace kiln::testing {

struct ChildRun {
  std::map<std::string, double> numbers;
  std::map<std::string, std::string> files;
  std::string error;  ///< what the run threw, if it failed
  double operator[](const std::string& key) const { return numbers.at(key); }
};

/// Whether the record of validity has a finding with this code.
inline bool found(const ChildRun& run, const std::string& code) {
  return run.files.at("summary.json").find("\"" + code + "\"") != std::string::npos;
}

/// What `simulate` gives: a result with `numbers` and `files`.
template <class Simulate>
ChildRun in_child_run(Simulate simulate) {
  const Forked child = in_child(
      [&] {
        nlohmann::json out;
        try {
          const auto result = simulate();
          for (const auto& [key, value] : result.numbers) out["numbers"][key] = value;
          for (const auto& [name, text] : result.files) out["files"][name] = text;
        } catch (const std::exception& error) {
          out = {{"error", error.what()}};
        }
        // A file that is no text is not compared by tests of this kind.
        return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
      },
      {.wall_s = 600});
  ChildRun run;
  const nlohmann::json json = nlohmann::json::parse(child.text, nullptr, false);
  if (json.is_discarded() || child.signal != 0) return {{}, {}, "the child crashed"};
  if (json.contains("error")) run.error = json["error"];
  if (json.contains("numbers"))
    for (const auto& [key, value] : json["numbers"].items())
      if (value.is_number()) run.numbers[key] = value;
  if (json.contains("files"))
    for (const auto& [name, content] : json["files"].items()) run.files[name] = content;
  return run;
}

inline ChildRun run_in_child(const std::string& experiment, const std::vector<std::string>& overrides = {}) {
  return in_child_run([&] {
    const auto loaded = config::load<experiment::ExperimentConfig>(
        std::string(KILN_SOURCE_DIR) + "/configs/experiments/" + experiment, overrides);
    return report::run_experiment(loaded.value, {});
  });
}

/// The override that takes another network of configs/workloads.
inline std::string network(const std::string& name) {
  return "workload=" + std::string(KILN_SOURCE_DIR) + "/configs/workloads/" + name + ".yaml";
}

/// The same as run_in_child, and the run must succeed.
inline ChildRun good_run(const std::string& experiment, const std::vector<std::string>& overrides = {}) {
  ChildRun run = run_in_child(experiment, overrides);
  INFO(experiment << " " << run.error);
  REQUIRE(run.error.empty());
  return run;
}

/// A network that takes a fraction of a second a step, in an experiment that fits it.
inline ChildRun small_run(const std::string& experiment, std::vector<std::string> overrides = {}) {
  overrides.insert(overrides.begin(), network("resnet8_cifar_mlperf_tiny"));
  return good_run(experiment, overrides);
}

}  // namespace kiln::testing
