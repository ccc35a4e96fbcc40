// SPDX-License-Identifier: MIT
#include "run/curves.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/gnuplot.h"

namespace kiln::run {

namespace {

struct Curve {
  const char* column;
  const char* scale;
  const char* label;
  const char* colour;  // Okabe & Ito 2008
};

std::string panel(const char* unit, std::initializer_list<Curve> curves, double time_scale) {
  std::string text = fmt::format("set ylabel '{}'\nplot ", unit);
  const char* separator = "";
  for (const Curve& curve : curves) {
    text += fmt::format(
        "{}'series.csv' using (column('time_s')*{:g}):(column('{}')*{}) with lines lw 2 lc rgb '{}' title "
        "'{}'",
        separator, time_scale, curve.column, curve.scale, curve.colour, curve.label);
    separator = ", ";
  }
  return text + "\n";
}

}  // namespace

std::string curves_script(const Observed& observed, const std::string& title) {
  const std::vector<PeriodRecord>& rows = observed.series.rows();
  const bool has_skin =
      std::any_of(rows.begin(), rows.end(), [](const PeriodRecord& r) { return r.skin_c == r.skin_c; });
  const bool long_run = observed.time_s >= 2;
  const double scale = long_run ? 1 : 1e3;
  std::string text =
      "# SPDX-License-Identifier: MIT\n"
      "set terminal pngcairo noenhanced size 960,780 font 'sans,10'\n"
      "set output 'series.png'\nset datafile separator ','\n"
      "set grid lc rgb '#dddddd'\nset border 3\nset tics nomirror out\nset key outside right top\n";
  text += fmt::format("set multiplot layout 3,1 margins 0.09,0.83,0.07,0.93 spacing 0.04 title {}\n",
                      base::gnuplot_text(title));
  text += "set format x ''\nset offsets 0,0,graph 0.08,graph 0.05\n";
  if (has_skin)
    text += panel("degC",
                  {{"hottest_c", "1", "hottest block", "#D55E00"},
                   {"memory_c", "1", "memory", "#0072B2"},
                   {"skin_c", "1", "skin", "#009E73"}},
                  scale);
  else
    text += panel("degC",
                  {{"hottest_c", "1", "hottest block", "#D55E00"}, {"memory_c", "1", "memory", "#0072B2"}},
                  scale);
  text += panel("MHz", {{"frequency_hz", "1e-6", "clock", "#000000"}}, scale);
  text += fmt::format("unset format x\nset format x '%g'\nset xlabel 'device time ({})'\n",
                      long_run ? "s" : "ms");
  text += panel("W",
                {{"power_w", "1", "chip and memory", "#CC79A7"},
                 {"memory_power_w", "1", "memory", "#0072B2"},
                 {"cooling_w", "1", "cooling", "#56B4E9"}},
                scale);
  return text + "unset multiplot\n";
}

}  // namespace kiln::run
