// SPDX-License-Identifier: MIT
#include "sweep/portable.h"

#include <algorithm>
#include <filesystem>
#include <functional>

#include "base/text.h"
#include "config/reader.h"
#include "experiment/experiment.h"

namespace kiln::sweep {

namespace {

namespace fs = std::filesystem;

std::string absolute(const std::string& name) {
  return fs::absolute(name).lexically_normal().string();
}

const config::FieldInfo* field_of(const config::RecordBase* record, const std::string& key) {
  if (record == nullptr) return nullptr;
  for (const config::FieldInfo& field : record->fields())
    if (field.key == key) return &field;
  return nullptr;
}

/// What stands at a place of an experiment.
struct Meaning {
  const config::RecordBase* record = nullptr;  ///< of it or of its items; a text there is a file to include
  bool is_data = false;                        ///< the name of a file of data
  bool has_items = false;                      ///< a list or map of them
};

Meaning below(const Meaning& meaning, const std::string& key) {
  if (meaning.has_items) return {.record = meaning.record};
  const config::FieldInfo* field = field_of(meaning.record, key);
  if (field == nullptr) return key == "from" ? meaning : Meaning{};
  return {.record = field->record,
          .is_data = field->type.starts_with("file name"),
          .has_items = field->type.starts_with("list of") || field->type.starts_with("map of")};
}

/// Names in files of parts are relative to the file that holds them, names of data to the working directory.
void make_absolute(config::Node& node, const Meaning& meaning) {
  if (node.is_scalar() && !node.scalar.empty() && (meaning.is_data || meaning.record != nullptr))
    node = config::scalar_node(
        absolute(meaning.is_data ? node.scalar : config::path_beside(node.place, node.scalar)), true);
  for (config::Node& item : node.list) make_absolute(item, below(meaning, ""));
  for (auto& [key, value] : node.map) make_absolute(value, below(meaning, key));
}

/// `key` as in soc.units.npu0.area.
void make_absolute(const std::string& key, config::Node& value) {
  Meaning meaning{.record = config::Value<experiment::ExperimentConfig>::record()};
  for (const std::string& part : base::split(key, '.')) meaning = below(meaning, part);
  make_absolute(value, meaning);
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
