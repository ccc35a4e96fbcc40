// SPDX-License-Identifier: MIT
// Temperature, power, clock, battery and progress of a job over its hours, by governor.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "job/job_report.h"
#include "output/plotter.h"

namespace kiln::job {

namespace {

constexpr const char* kColours[] = {"#D55E00", "#0072B2", "#009E73", "#CC79A7",
                                    "#E69F00", "#56B4E9", "#000000"};  // Okabe & Ito 2008

struct Curve {
  const char* column;
  double scale = 1;
  const char* title = "";  ///< empty: the governor's name
  const char* style = "";  ///< empty: the governor's colour
};

struct Panel {
  const char* label;
  const char* range;
  std::vector<Curve> each;   ///< of every governor
  std::vector<Curve> first;  ///< of the first one alone: the same for all
};

struct TimeUnit {
  const char* name;
  double seconds;
};

TimeUnit unit_of(double time_s) {
  if (time_s > 3 * 3600) return {"h", 3600};
  if (time_s > 180) return {"min", 60};
  return {"s", 1};
}

bool any_row(const std::vector<Outcome>& outcomes, bool (*holds)(const JobRow&)) {
  return std::any_of(outcomes.begin(), outcomes.end(), [&](const Outcome& outcome) {
    return std::any_of(outcome.series.rows().begin(), outcome.series.rows().end(), holds);
  });
}

std::vector<Panel> panels_of(const JobConfig& job, const std::vector<Outcome>& outcomes) {
  std::vector<Panel> panels;
  Panel heat{"degC", "[*:*]", {{"hottest_c"}}, {}};
  if (outcomes.size() == 1 && any_row(outcomes, [](const JobRow& r) { return !std::isnan(r.skin_c); }))
    heat.first.push_back({"skin_c", 1, "skin", "lc rgb '#009E73'"});
  if (!job.ambient.empty()) heat.first.push_back({"ambient_c", 1, "ambient", "lc rgb '#999999' dt 2"});
  panels.push_back(heat);
  Panel power{"W", "[0:*]", {{"drawn_w"}}, {}};
  if (any_row(outcomes, [](const JobRow& r) { return r.source_j > 0; }))
    power.first.push_back({"source_w", 1, "source", "lc rgb '#999999' dt 2"});
  panels.push_back(power);
  panels.push_back({"MHz", "[0:*]", {{"frequency_hz", 1e-6}}, {}});
  if (outcomes.front().has_battery) panels.push_back({"charge (%)", "[0:100]", {{"charge", 100}}, {}});
  if (outcomes.front().plan.epochs > 0)
    panels.push_back({"progress (%)", "[0:100]", {{"progress", 100}}, {}});
  return panels;
}

std::string plot(const Panel& panel, const std::vector<Outcome>& outcomes, const TimeUnit& unit) {
  std::string text = fmt::format("set ylabel '{}'\nset yrange {}\nplot ", panel.label, panel.range);
  const char* comma = "";
  const auto add = [&](const Curve& curve, std::size_t outcome, const std::string& style,
                       const std::string& title) {
    text += fmt::format(
        "{}'series.csv' using (column('case')=={}?column('time_s')/{:g}:NaN):(column('{}')*{:g}) with lines "
        "lw "
        "1.5 {} title {}",
        comma, outcome, unit.seconds, curve.column, curve.scale, style, title);
    comma = ", ";
  };
  for (const Curve& curve : panel.each)
    for (std::size_t i = 0; i < outcomes.size(); ++i)
      add(curve, i, fmt::format("lc rgb '{}'", kColours[i % std::size(kColours)]),
          fmt::format("label[{}]", i + 2));
  for (const Curve& curve : panel.first) add(curve, 0, curve.style, fmt::format("'{}'", curve.title));
  return text + "\n";
}

}  // namespace

std::string job_labels(const JobConfig& job, const std::vector<Outcome>& outcomes) {
  std::vector<std::string> labels{job.name};
  for (const Outcome& outcome : outcomes)
    labels.push_back(outcome.governor.empty() ? "device" : outcome.governor);
  return output::label_file(labels);
}

std::string job_script(const JobConfig& job, const std::vector<Outcome>& outcomes) {
  double longest_s = 0;
  for (const Outcome& outcome : outcomes) longest_s = std::max(longest_s, outcome.time_s);
  const TimeUnit unit = unit_of(longest_s);
  const std::vector<Panel> panels = panels_of(job, outcomes);
  std::string text = output::head_of(
      {"a job of Kiln", kJobLabels, outcomes.size() + 1, 960, 120 + 180 * panels.size(), kJobImage});
  text += fmt::format(
      "set grid lc rgb '#dddddd'\nset border 3\nset tics nomirror out\nset key outside right top\n"
      "set xrange [0:{}]\nset offsets 0,0,graph 0.08,graph 0.05\nset format x ''\n"
      "set multiplot layout {},1 margins 0.09,0.83,0.06,0.95 spacing 0.03 title label[1]\n",
      longest_s / unit.seconds, panels.size());
  for (const Panel& panel : panels) {
    if (&panel == &panels.back())
      text += fmt::format("set format x '%g'\nset xlabel 'device time ({})'\n", unit.name);
    text += plot(panel, outcomes, unit);
  }
  return text + "unset multiplot\n";
}

}  // namespace kiln::job
