// SPDX-License-Identifier: MIT
#include "sweep/experiment_simulator.h"

#include <filesystem>

#include "base/file.h"
#include "base/hash.h"
#include "base/version.h"
#include "config/load.h"
#include "experiment/identity.h"
#include "report/run_folder.h"
#include "train/session.h"

namespace kiln::sweep {

namespace {

namespace fs = std::filesystem;

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

using ExperimentRecord = config::Record<experiment::ExperimentConfig>;

/// One key of the effective configuration, with its bands and the hashes of what it names, as one hash.
std::string member_hash(const ExperimentRecord& record, const experiment::ExperimentConfig& experiment,
                        std::size_t index) {
  config::Node tree;
  tree.kind = config::Node::Kind::map;
  tree.insert(record.fields()[index].key, record.write_member(experiment, index), {});
  config::restore_bands(tree, experiment.bands);
  std::string text = config::to_yaml(tree);
  add_data_files(tree, text);
  return base::content_hash(text);
}

}  // namespace

ExperimentIdentity::ExperimentIdentity() : memo_(std::make_shared<config::MemberMemo>()) {}

std::string ExperimentIdentity::operator()(const config::Node& tree, const std::string& experiment_file,
                                           const config::ParsedFiles& parts) const {
  const auto experiment = config::read_tree<experiment::ExperimentConfig>(tree, experiment_file,
                                                                          config::Reader(parts, memo_.get()))
                              .value;
  const ExperimentRecord& record = describe(static_cast<const experiment::ExperimentConfig*>(nullptr));
  std::string text = base::program_hash() + "\n";
  for (std::size_t i = 0; i < record.fields().size(); ++i)
    text += memo_->text_of(i, [&] { return member_hash(record, experiment, i); }) + "\n";
  std::error_code none;
  if (const std::string& path = experiment.compression.gradients.path;
      !path.empty() && fs::is_directory(path, none))
    for (const std::string& file : experiment::data_files(experiment))
      text += base::content_hash(base::read_file(file)) + "\n";
  return text;
}

namespace {

using Files = std::map<std::string, std::string>;

std::string command_of(const Plan& plan, const Point& point) {
  return fmt::format("kiln sweep, {}, point '{}'", plan.file, label_text(point.labels()));
}

#if KILN_HAS_LEARNING
/// Of a training, which makes all its files.
Files kept_of(const Plan& plan, Files files) {
  if (plan.sweep.keep == Keep::everything) return files;
  Files kept;
  const auto keep = [&](const char* name) {
    if (const auto found = files.find(name); found != files.end()) kept.insert(*found);
  };
  for (const char* name : report::kSummaryFiles) keep(name);
  keep("learning.csv");
  return kept;
}

Files train_point(const Plan& plan, const Point& point,
                  const config::Loaded<experiment::ExperimentConfig>& loaded, const output::Cache& cache,
                  const base::Watch& watch) {
  train::TrainOptions options;
  options.command_line = command_of(plan, point);
  options.files = loaded.files;
  options.cache = cache;
  options.monitor.watch = watch;
  return kept_of(plan, train::train_experiment(loaded.value, options).files);
}
#else
Files train_point(const Plan&, const Point&, const config::Loaded<experiment::ExperimentConfig>&,
                  const output::Cache&, const base::Watch&) {
  throw base::ConfigError({}, "command",
                          "this program was built without oneDNN or zlib, which training needs; run "
                          "scripts/bootstrap --learning and build again");
}
#endif

}  // namespace

PointRunner experiment_runner(const Plan& plan, output::Cache cache) {
  return [&plan, cache = std::move(cache)](const Point& point, const base::Watch& watch) {
    const auto loaded = config::read_tree<experiment::ExperimentConfig>(
        point.experiment(), plan.experiment_file, config::Reader(plan.parts));
    if (plan.sweep.command == PointCommand::train) return train_point(plan, point, loaded, cache, watch);
    report::RunOptions options;
    options.command_line = command_of(plan, point);
    options.files = loaded.files;
    options.cache = cache;
    options.monitor.watch = watch;
    if (plan.sweep.keep == Keep::summary) options.files_wanted = report::WantedFiles::summary;
    return report::run_experiment(loaded.value, options).files;
  };
}

}  // namespace kiln::sweep
