// SPDX-License-Identifier: MIT
#include "sweep/portable.h"

#include <algorithm>
#include <filesystem>
#include <functional>

#include "base/text.h"
#include "config/file_names.h"
#include "config/reader.h"
#include "experiment/experiment.h"

namespace kiln::sweep {

namespace {

namespace fs = std::filesystem;

std::string absolute(const std::string& name) {
  return fs::absolute(name).lexically_normal().string();
}

/// Names in files of parts are relative to the file that holds them, names of data to the working directory.
/// `key` as in soc.units.npu0.area.
void make_absolute(const std::string& key, config::Node& value) {
  config::each_file_name(value, *config::Value<experiment::ExperimentConfig>::record(), key,
                         [](config::Node& name, bool is_data) {
                           const std::string path =
                               is_data ? name.scalar : config::path_beside(name.place, name.scalar);
                           name = config::scalar_node(absolute(path), true);
                         });
}

bool lies_in(const std::string& key, const std::string& group) {
  return key == group || (key.starts_with(group) && key[group.size()] == '.');
}

void each(SweepConfig& sweep, const std::function<void(Settings&)>& visit) {
  visit(sweep.set);
  for (AxisConfig& axis : sweep.axes)
    for (AxisValueConfig& value : axis.values) visit(value.set);
}

/// Replaces what every point has there: a whole key goes into the settings of all points, part of one that a
/// point replaces goes behind that.
void put_last(SweepConfig& sweep, const std::string& assignment) {
  const std::string key = assignment.substr(0, assignment.find('='));
  config::Node holder;
  config::apply_override(holder, "value" + assignment.substr(key.size()));
  config::Node value = *holder.find("value");
  value.place = {};  // relative to the working directory
  make_absolute(key, value);
  each(sweep, [&](Settings& settings) {
    std::erase_if(settings, [&](const auto& setting) { return lies_in(setting.first, key); });
  });
  sweep.set[key] = value;
  for (AxisConfig& axis : sweep.axes)
    for (AxisValueConfig& point : axis.values)
      if (std::any_of(point.set.begin(), point.set.end(),
                      [&](const auto& setting) { return lies_in(key, setting.first); }))
        point.set[key] = value;
}

}  // namespace

SweepConfig portable(SweepConfig sweep, const std::string& experiment_file,
                     const std::vector<std::string>& overrides) {
  sweep.experiment = absolute(experiment_file);
  each(sweep, [](Settings& settings) {
    for (auto& [key, value] : settings) make_absolute(key, value);
  });
  for (const std::string& assignment : overrides) put_last(sweep, assignment);
  return sweep;
}

}  // namespace kiln::sweep
