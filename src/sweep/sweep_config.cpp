// SPDX-License-Identifier: MIT
#include "sweep/sweep_config.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "report/glossary.h"
#include "train/learning_report.h"

namespace kiln::config {

Node Value<Node>::schema(const Spec& spec) {
  Node schema;
  schema.kind = Node::Kind::map;
  if (!spec.doc.empty()) schema.insert("description", scalar_node(std::string(spec.doc), true), {});
  return schema;
}

namespace {

using AxisValue = Value<sweep::AxisValueConfig>;

}  // namespace

void AxisValue::read(const Node& node, const Spec&, Reader& reader, sweep::AxisValueConfig& value) {
  if (!node.is_scalar()) {
    describe(static_cast<const sweep::AxisValueConfig*>(nullptr)).read(node, value, reader);
    return;
  }
  value.label = node.scalar;
  value.bare = node;
}

Node AxisValue::write(const sweep::AxisValueConfig& value, const Spec&) {
  if (value.bare) return *value.bare;
  return describe(static_cast<const sweep::AxisValueConfig*>(nullptr)).write(value);
}

Node AxisValue::schema(const Spec& spec) {
  Node bare;
  bare.kind = Node::Kind::map;
  Node types;
  types.kind = Node::Kind::list;
  for (const char* type : {"string", "number", "boolean"}) types.list.push_back(scalar_node(type, true));
  bare.insert("type", std::move(types), {});
  Node forms;
  forms.kind = Node::Kind::list;
  forms.list = {std::move(bare), record_reference(*record(), {})};
  Node node = Value<Node>::schema(spec);
  node.insert("anyOf", std::move(forms), {});
  return node;
}

}  // namespace kiln::config

namespace kiln::sweep {

namespace {

constexpr std::array kKeepNames = {config::EnumName<Keep>{Keep::summary, "summary"},
                                   config::EnumName<Keep>{Keep::everything, "everything"}};

constexpr double kMostPoints = 1e6;

std::vector<std::string> axis_names(const SweepConfig& sweep) {
  std::vector<std::string> names;
  for (const AxisConfig& axis : sweep.axes) names.push_back(axis.name);
  return names;
}

void check_axis_name(const SweepConfig& sweep, const std::string& name, config::Checker& check) {
  const std::vector<std::string> names = axis_names(sweep);
  if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end())
    check.fail("plot", fmt::format("there is no axis '{}'{}", name, base::suggestion(name, names)));
}

void check_sweep(const SweepConfig& sweep, config::Checker& check) {
  std::set<std::string> names;
  double points = 1;
  for (const AxisConfig& axis : sweep.axes) {
    if (!names.insert(axis.name).second)
      check.fail("axes", fmt::format("two axes are called '{}'", axis.name));
    points *= static_cast<double>(axis.values.size());
  }
  if (sweep.axes.empty()) check.fail("axes", "at least one axis is needed");
  if (points > kMostPoints)
    check.fail("axes", fmt::format("{} points are more than {}", points, kMostPoints));
  check_axis_name(sweep, sweep.plot.x, check);
  check_axis_name(sweep, sweep.plot.columns, check);
  for (const PlotMetricConfig& row : sweep.plot.rows)
    if (const std::string why = unknown_result(sweep.command, row.metric); !why.empty())
      check.fail("plot", why);
}

void check_axis(const AxisConfig& axis, config::Checker& check) {
  if (axis.name.empty()) check.fail("name", "a name is needed; it heads the column of the table");
  if (report::find_glossary_entry(axis.name) != nullptr)
    check.fail("name", fmt::format("'{}' heads the column of a result; choose another name, as {}_set",
                                   axis.name, axis.name));
  if (axis.values.empty()) check.fail("values", "at least one value is needed");
  std::set<std::string> labels;
  for (const AxisValueConfig& value : axis.values)
    if (!labels.insert(value.label).second)
      check.fail("values", fmt::format("two values are labelled '{}'", value.label));
  const auto bare = std::find_if(axis.values.begin(), axis.values.end(),
                                 [](const AxisValueConfig& value) { return value.bare.has_value(); });
  if (axis.key.empty() && bare != axis.values.end())
    check.fail("values", fmt::format("'{0}' says not what it sets: give the axis a key (key: "
                                     "environment.ambient), or write {{label: {0}, set: {{...}}}}",
                                     bare->label));
}

}  // namespace

std::span<const config::EnumName<PointCommand>> enum_names(const PointCommand*) {
  static constexpr config::EnumName<PointCommand> kNames[] = {{PointCommand::run, "run"},
                                                              {PointCommand::train, "train"}};
  return kNames;
}

std::span<const config::EnumName<Keep>> enum_names(const Keep*) {
  return kKeepNames;
}

const config::Record<AxisValueConfig>& describe(const AxisValueConfig*) {
  static const auto record =
      config::Record<AxisValueConfig>("axis_value", "One value of an axis of a sweep")
          .field("label", &AxisValueConfig::label, {.doc = "Name in table and plot", .required = true})
          .field("set", &AxisValueConfig::set,
                 {.doc = "Experiment keys (soc.noc.virtual_channels) and their values"});
  return record;
}

const config::Record<AxisConfig>& describe(const AxisConfig*) {
  static const auto record =
      config::Record<AxisConfig>("axis", "One axis of a sweep")
          .field("name", &AxisConfig::name, {.doc = "Heads the column of the table", .required = true})
          .field(
              "key", &AxisConfig::key,
              {.doc =
                   "Experiment key that bare values set (environment.ambient for 25 degC); empty: each value "
                   "has its label and settings"})
          .field(
              "values", &AxisConfig::values,
              {.doc =
                   "Each is combined with every value of the other axes: bare values of key, or {label, set}",
               .required = true})
          .check(check_axis);
  return record;
}

const config::Record<PlotMetricConfig>& describe(const PlotMetricConfig*) {
  static const auto record =
      config::Record<PlotMetricConfig>("plot_metric", "One row of panels of a sweep's plot")
          .field(
              "metric", &PlotMetricConfig::metric,
              {.doc = "Number of the summary (step_time_s), or a group for its largest (peak_temperature_c)",
               .required = true})
          .field("label", &PlotMetricConfig::label, {.doc = "Text at the y axis; empty: the metric's name"})
          .field("scale", &PlotMetricConfig::scale,
                 {.doc = "Factor on the number, e.g. 1000 to draw seconds as milliseconds",
                  .source = "choice: as is"})
          .field("relative", &PlotMetricConfig::relative,
                 {.doc = "Draw the number over that of the first x value"})
          .field("from_zero", &PlotMetricConfig::from_zero,
                 {.doc = "Start the y axis at 0, so that a small change looks small"});
  return record;
}

const config::Record<PlotConfig>& describe(const PlotConfig*) {
  static const auto record =
      config::Record<PlotConfig>("plot", "What to draw of a sweep; nothing without rows")
          .field("title", &PlotConfig::title, {.doc = "Text above the plot"})
          .field("x", &PlotConfig::x,
                 {.doc = "Axis along which the panels run and the text compares; empty: the last"})
          .field("columns", &PlotConfig::columns,
                 {.doc = "Axis with a column of panels per value; empty: one column"})
          .field("rows", &PlotConfig::rows, {.doc = "A row of panels each; the other axes become curves"});
  return record;
}

const config::Record<SweepConfig>& describe(const SweepConfig*) {
  static const auto record =
      config::Record<SweepConfig>("sweep",
                                  "An experiment run at every combination of the values of some axes")
          .field("name", &SweepConfig::name,
                 {.doc = "Names the folder of the results", .required = true, .text = config::Text::folder})
          .field("experiment", &SweepConfig::experiment,
                 {.doc = "Experiment file, relative to this one", .required = true})
          .field(
              "command", &SweepConfig::command,
              {.doc = "What is done with each point: run, or train (its section learning)", .source = "run"})
          .field("set", &SweepConfig::set, {.doc = "Experiment keys and values for all points"})
          .field("axes", &SweepConfig::axes,
                 {.doc = "What varies; a later axis overrides an earlier one", .required = true})
          .field("plot", &SweepConfig::plot, {.doc = "What to draw"})
          .field("keep", &SweepConfig::keep,
                 {.doc = "Files kept of each point: summary, metrics and configuration, or everything"})
          .field("time_limit", &SweepConfig::time_limit_s,
                 {.doc = "Wall time of a point, after which it has failed; --time-limit goes before it",
                  .unit = base::Dimension::time,
                  .min = 1e-3,
                  .max = 1e9,
                  .source = "none: no limit unless given"})
          .check(check_sweep);
  return record;
}

std::string unknown_result(PointCommand command, const std::string& key) {
  return command == PointCommand::train ? train::unknown_result(key) : report::unknown_result(key);
}

SweepConfig written_out(SweepConfig sweep) {
  for (AxisConfig& axis : sweep.axes)
    for (AxisValueConfig& value : axis.values) {
      if (value.bare) value.set[axis.key] = *value.bare;
      value.bare.reset();
    }
  return sweep;
}

}  // namespace kiln::sweep
