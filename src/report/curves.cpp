// SPDX-License-Identifier: MIT
#include "report/curves.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "output/plotter.h"

namespace kiln::report {

namespace {

struct Curve {
  const char* column;
  const char* scale;
  const char* label;
  const char* colour;  // Okabe & Ito 2008
};

struct Panel {
  const char* unit;
  std::vector<Curve> curves;  // wide lines first, so that equal curves stay visible
};

bool any(const run::Observed& observed, bool (*holds)(const device::PeriodRecord&)) {
  const std::vector<device::PeriodRecord>& rows = observed.series.rows();
  return std::any_of(rows.begin(), rows.end(), holds);
}

std::vector<Panel> panels_of(const run::Observed& observed) {
  Panel heat{"degC",
             {{"hottest_c", "1", "hottest block", "#D55E00"}, {"memory_c", "1", "memory", "#0072B2"}}};
  if (any(observed, [](const device::PeriodRecord& row) { return !std::isnan(row.skin_c); }))
    heat.curves.push_back({"skin_c", "1", "skin", "#009E73"});
  if (const auto& rows = observed.series.rows();
      std::any_of(rows.begin(), rows.end(),
                  [&](const device::PeriodRecord& row) { return row.ambient_c != rows.front().ambient_c; }))
    heat.curves.push_back({"ambient_c", "1", "room", "#999999"});
  std::vector<Panel> panels{std::move(heat), {"MHz", {{"frequency_hz", "1e-6", "clock", "#000000"}}}};
  if (any(observed, [](const device::PeriodRecord& row) { return row.cooling_drive < 1; }))
    panels.push_back({"%", {{"cooling_drive", "100", "fan, pump or current", "#56B4E9"}}});
  panels.push_back({"W",
                    {{"power_w", "1", "chip and memory", "#CC79A7"},
                     {"memory_power_w", "1", "memory", "#0072B2"},
                     {"cooling_w", "1", "cooling", "#56B4E9"}}});
  return panels;
}

std::string plot(const Panel& panel, double time_scale) {
  // Temperatures have no natural zero.
  const char* range = std::string_view(panel.unit) == "degC" ? "[*:*]" : "[0:*]";
  std::string text = fmt::format("set ylabel '{}'\nset yrange {}\nplot ", panel.unit, range);
  for (std::size_t i = 0; i < panel.curves.size(); ++i) {
    const Curve& curve = panel.curves[i];
    text += fmt::format(
        "{}'series.csv' using (column('time_s')*{:g}):(column('{}')*{}) with lines lw {} lc rgb '{}' title "
        "'{}'",
        i == 0 ? "" : ", ", time_scale, curve.column, curve.scale, i == 0 ? 3.5 : 1.5, curve.colour,
        curve.label);
  }
  return text + "\n";
}

/// Lines through all panels, and in the first what they mean.
std::string marks(std::span<const device::MetEvent> events, double time_scale) {
  std::string text;
  for (std::size_t i = 0; i < events.size(); ++i)
    text += fmt::format(
        "set arrow from {0:g},graph 0 to {0:g},graph 1 nohead dt 2 lc rgb '#666666'\n"
        "set label {1} label[{2}] at {0:g},graph 0.04 offset 0.6,0 rotate left textcolor rgb '#666666' font "
        "',8'\n",
        events[i].time_s * time_scale, i + 1, i + 2);
  return text;
}

}  // namespace

std::vector<std::string> curves_labels(const std::string& title, std::span<const device::MetEvent> events) {
  std::vector<std::string> labels = {title};
  for (const device::MetEvent& event : events) labels.push_back(event.text);
  return labels;
}

std::string curves_script(const run::Observed& observed, std::span<const device::MetEvent> events) {
  const std::vector<Panel> panels = panels_of(observed);
  const bool long_run = observed.time_s >= 2;
  std::string text = output::head_of(
      {"a run of Kiln", kCurvesLabels, 1 + events.size(), 960, 120 + 220 * panels.size(), kCurvesImage});
  text += fmt::format(
      "set grid lc rgb '#dddddd'\nset border 3\nset tics nomirror out\nset key outside right top\n"
      "set autoscale xfix\nset offsets 0,0,graph 0.08,graph 0.05\nset format x ''\n"
      "set multiplot layout {},1 margins 0.09,0.83,0.07,0.93 spacing 0.04 title label[1]\n",
      panels.size());
  text += marks(events, long_run ? 1 : 1e3);
  for (const Panel& panel : panels) {
    if (&panel == &panels.back())
      text += fmt::format("set format x '%g'\nset xlabel 'device time ({})'\n", long_run ? "s" : "ms");
    text += plot(panel, long_run ? 1 : 1e3);
    if (&panel == &panels.front()) text += "unset label\n";
  }
  return text + "unset multiplot\n";
}

}  // namespace kiln::report
