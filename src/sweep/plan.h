// SPDX-License-Identifier: MIT
// The points of a sweep: every combination of axis values, checked before anything runs.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/parsed_files.h"
#include "sweep/slice.h"
#include "sweep/sweep_config.h"

namespace kiln::sweep {

/// What the experiments of all points have in common.
struct Recipe {
  config::Node base;  ///< the experiment, with what the sweep sets for all points
  std::vector<AxisConfig> axes;
  std::vector<std::string> overrides;  ///< --set options, stronger than the axes
};

struct Point {
  std::shared_ptr<const Recipe> recipe;
  std::vector<std::size_t> choices;  ///< of the values of each axis
  std::string hash;                  ///< of all that decides its result

  /// Axis name and label, in axis order.
  std::vector<std::pair<std::string, std::string>> labels() const;
  /// The tree of its experiment.
  config::Node experiment() const;
};

struct Plan {
  SweepConfig sweep;
  std::string file;  ///< of the sweep
  std::string experiment_file;
  std::vector<std::string> overrides;  ///< --set options, stronger than the axes
  std::vector<Point> points;           ///< the last axis varies fastest
  config::ParsedFiles parts;           ///< that experiments include, as they were when the plan was made
};

/// Checks the experiment in a tree and returns a text that is equal exactly for equal simulations; files that
/// it includes come from `parts`. Asked of one tree after the other. Throws ConfigError with all problems of
/// the experiment.
using Identity = std::function<std::string(const config::Node& tree, const std::string& experiment_file,
                                           const config::ParsedFiles& parts)>;

/// Of a slice's points only, if one is given. Throws ConfigError with the problems of all points, each
/// problem once.
Plan make_plan(const std::string& sweep_file, const std::vector<std::string>& overrides,
               const Identity& identity, const Slice& slice = {});

/// What a folder of results knows of its plan: where it came from and which points it holds.
struct StoredPlan {
  std::string file;
  std::vector<std::string> overrides;
  struct Entry {
    std::string hash;
    std::vector<std::pair<std::string, std::string>> labels;
  };
  std::vector<Entry> points;
};

/// What the files of a sweep's folder are known by.
inline constexpr const char* kResultKind = "sweep";

StoredPlan stored_form(const Plan& plan);
/// Writes FOLDER/plan.jsonl (the first line says where the plan came
/// from, each other is a point) and FOLDER/sweep.effective.yaml.
void write_plan(const Plan& plan, const std::filesystem::path& folder);
/// Throws ConfigError when the folder holds no plan.
StoredPlan read_plan(const std::filesystem::path& folder);
/// The text of a plan.jsonl; `file` only names it in errors. Throws ConfigError naming the line.
StoredPlan parse_plan(std::string_view text, const std::string& file);
SweepConfig read_effective_sweep(const std::filesystem::path& folder);

/// "dram_bound, passive, 25 degC".
std::string label_text(const std::vector<std::pair<std::string, std::string>>& labels);

}  // namespace kiln::sweep
