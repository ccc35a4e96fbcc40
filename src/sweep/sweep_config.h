// SPDX-License-Identifier: MIT
// What `kiln sweep` reads: an experiment, the axes along which it varies, and what to draw.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/record.h"

/// A value kept as it was written, place included: what it
/// means is known only once it stands in an experiment.
template <>
struct kiln::config::Value<kiln::config::Node> {
  static void read(const Node& node, const Spec&, Reader&, Node& value) { value = node; }
  static Node write(const Node& value, const Spec&) { return value; }
  static Node schema(const Spec&);
  static std::string type_name(const Spec&) { return "any value"; }
  static const RecordBase* record() { return nullptr; }
};

namespace kiln::sweep {

/// Experiment keys ("soc.noc.virtual_channels") and their
/// values. File names are relative to the sweep's file.
using Settings = std::map<std::string, config::Node>;

struct AxisValueConfig {
  std::string label;
  Settings set;
  std::optional<config::Node> bare;  ///< written without label and settings: a value of the axis's key
};
const config::Record<AxisValueConfig>& describe(const AxisValueConfig*);

struct AxisConfig {
  std::string name;
  std::string key;  ///< of the experiment, that bare values set; empty: none
  std::vector<AxisValueConfig> values;
};
const config::Record<AxisConfig>& describe(const AxisConfig*);

/// One row of panels: a number of the summary against the x axis.
struct PlotMetricConfig {
  std::string metric;
  std::string label;
  double scale = 1;
  bool relative = false;
  bool from_zero = true;
};
const config::Record<PlotMetricConfig>& describe(const PlotMetricConfig*);

struct PlotConfig {
  std::string title;
  std::string x;
  std::string columns;
  std::vector<PlotMetricConfig> rows;
};
const config::Record<PlotConfig>& describe(const PlotConfig*);

enum class Keep { summary, everything };
enum class PointCommand {
  run,   ///< as `kiln run` does
  train  ///< as `kiln train`
};
std::span<const config::EnumName<PointCommand>> enum_names(const PointCommand*);
std::span<const config::EnumName<Keep>> enum_names(const Keep*);

struct SweepConfig {
  std::string name;
  std::string experiment;
  PointCommand command = PointCommand::run;
  Settings set;
  std::vector<AxisConfig> axes;
  PlotConfig plot;
  Keep keep = Keep::summary;
  std::optional<double> time_limit_s;  ///< wall time of a point
};
const config::Record<SweepConfig>& describe(const SweepConfig*);

/// Why a point of such a sweep has no result `key`; empty if it has.
std::string unknown_result(PointCommand command, const std::string& key);

/// The same with every bare value as a label and a setting of its axis's key.
SweepConfig written_out(SweepConfig sweep);

}  // namespace kiln::sweep

/// A map of label and settings, or a bare value ("25 degC").
template <>
struct kiln::config::Value<kiln::sweep::AxisValueConfig> {
  static const RecordBase* record() { return &describe(static_cast<const sweep::AxisValueConfig*>(nullptr)); }
  static void read(const Node& node, const Spec&, Reader& reader, sweep::AxisValueConfig& value);
  static Node write(const sweep::AxisValueConfig& value, const Spec&);
  static Node schema(const Spec& spec);
  static std::string type_name(const Spec&) { return "values of the axis's key, or of label and settings"; }
};
