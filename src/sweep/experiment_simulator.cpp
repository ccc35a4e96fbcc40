// SPDX-License-Identifier: MIT
#include "sweep/experiment_simulator.h"

#include <array>
#include <filesystem>

#include "base/file.h"
#include "base/hash.h"
#include "base/version.h"
#include "config/load.h"
#include "experiment/identity.h"
#include "report/run_folder.h"

namespace kiln::sweep {

namespace {

namespace fs = std::filesystem;

/// Kept of a point when the sweep wants summaries only.
constexpr std::array kSummaryFiles = {"summary.json", "summary.txt", "stats.json", "config.effective.yaml"};

/// Hashes of the data files (gradients, topology, floorplan) that texts of the configuration name.
void add_data_files(const config::Node& node, std::string& text) {
  if (node.is_scalar() && node.quoted && !node.scalar.empty()) {
    std::error_code ignored;  // most texts are no file names at all
    if (fs::is_regular_file(node.scalar, ignored))
      text += base::content_hash(base::read_file(node.scalar)) + "\n";
  }
  for (const config::Node& item : node.list) add_data_files(item, text);
  for (const auto& entry : node.map) add_data_files(entry.second, text);
}

}  // namespace

std::string experiment_identity(const config::Node& tree, const std::string& experiment_file) {
  const auto loaded = config::read_tree<experiment::ExperimentConfig>(tree, experiment_file);
  const config::Node effective = config::Value<experiment::ExperimentConfig>::write(loaded.value, {});
  std::string text = base::program_hash() + "\n" + config::to_yaml(effective);
  add_data_files(effective, text);
  std::error_code none;
  if (fs::is_directory(loaded.value.compression.gradients.path, none))
    for (const std::string& file : experiment::data_files(loaded.value))
      text += base::content_hash(base::read_file(file)) + "\n";
  return text;
}

PointRunner experiment_runner(const Plan& plan, output::Cache cache) {
  return [&plan, cache = std::move(cache)](const Point& point, const base::Watch& watch) {
    const auto loaded =
        config::read_tree<experiment::ExperimentConfig>(point.experiment, plan.experiment_file);
    report::RunOptions options;
    options.command_line = fmt::format("kiln sweep, {}, point '{}'", plan.file, label_text(point.labels));
    options.files = loaded.files;
    options.cache = cache;
    options.monitor.watch = watch;
    std::map<std::string, std::string> files = report::run_experiment(loaded.value, options).files;
    if (plan.sweep.keep == Keep::everything) return files;
    std::map<std::string, std::string> kept;
    for (const char* name : kSummaryFiles)
      if (const auto found = files.find(name); found != files.end()) kept.insert(*found);
    return kept;
  };
}

}  // namespace kiln::sweep
