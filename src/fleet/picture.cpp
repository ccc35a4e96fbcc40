// SPDX-License-Identifier: MIT
#include "fleet/picture.h"

#include <algorithm>

#include "base/ceil_div.h"
#include "output/plotter.h"

namespace kiln::fleet {

namespace {

constexpr std::size_t kMostRows = 4000;  // of rounds that are drawn
constexpr std::size_t kLeastBins = 5, kMostTicks = 12;

std::string round_rows(const History& history) {
  std::string rows;
  const std::size_t step = history.rounds.size() / kMostRows + 1;
  for (std::size_t r = 0; r < history.rounds.size(); r += step) {
    const RoundRecord& round = history.rounds[r];
    if (round.end_s <= 0) continue;
    rows +=
        fmt::format("{:.9g},{:.9g},{:.9g},{:.9g},{:.9g}\n", round.begin_s, round.end_s - round.begin_s,
                    round.ready_s - round.begin_s, round.first_ready_s - round.begin_s, round.exposed_s());
  }
  return rows;
}

/// Whole numbers from 0, few of them as wide as they are many.
std::string counted_axis(std::size_t count) {
  const std::size_t most = std::max(count, kLeastBins);
  return fmt::format("set xrange [-0.5:{}.5]\nset xtics 0,{}\n", most - 1, base::ceil_div(most, kMostTicks));
}

struct Curve {
  const char* label;
  double (*value)(const device::PeriodRecord&);
};

/// A curve for each die over time.
std::string dies_plot(const Result& result, const Curve& curve) {
  std::string data, plots;
  for (const DeviceRow& row : result.devices) {
    data += fmt::format("$d{} << EOD\n", row.device);
    for (const device::PeriodRecord& p : row.series)
      data += fmt::format("{:.9g},{:.6g}\n", p.time_s, curve.value(p));
    data += "EOD\n";
    plots += fmt::format("{}$d{} using 1:2 with lines lw 1.5 dt {} title 'die {}'",
                         plots.empty() ? "" : ", \\\n  ", row.device, row.device % 5 + 1, row.device);
  }
  return data + fmt::format(
                    "set xlabel 'device time (s)'\nset ylabel '{}'\nset autoscale x\nset yrange [*:*]\n"
                    "set xtics auto\nplot {}\n",
                    curve.label, plots);
}

/// From when to when each bucket of gradients is under way in a round.
std::string buckets_plot(const Result& result) {
  std::string rows;
  for (std::size_t b = 0; b < result.buckets.size(); ++b)
    rows += fmt::format("{},{:.9g},{:.9g}\n", b, result.buckets[b].ready_s, result.buckets[b].complete_s);
  const std::size_t count = result.buckets.size();
  return fmt::format(
      "$b << EOD\n{0}EOD\nset xlabel 'since the begin of a round (s)'\nset ylabel 'bucket'\n"
      "set xrange [0:*]\nset yrange [{1}.5:-0.5]\nset ytics 0,{2}\n"
      "set arrow 1 from {3:.9g},graph 0 to {3:.9g},graph 1 nohead dt 2 lc rgb '#D55E00'\n"
      "plot $b using 2:1:($3-$2):(0) with vectors nohead lw 6 lc rgb '#0072B2' title 'ready to summed up', "
      "\\\n"
      "  NaN with lines dt 2 lc rgb '#D55E00' title 'backward pass over'\n"
      "unset arrow 1\nset ytics auto\nset xrange [*:*]\n",
      rows, count - 1, base::ceil_div(count, kMostTicks), result.buckets.back().ready_s);
}

constexpr Curve kDieCurves[] = {
    {"hottest block (degC)", [](const device::PeriodRecord& p) { return p.hottest_c; }},
    {"clock (MHz)", [](const device::PeriodRecord& p) { return p.frequency_hz * 1e-6; }}};

}  // namespace

output::Files fleet_plot(const Result& result) {
  const std::vector<std::string> labels = {
      fmt::format("{}: {:.0f} devices over {}", result.name, result.number("devices"), result.link_name)};
  std::string staleness;
  for (std::size_t s = 0; s < result.history.staleness.size(); ++s)
    staleness += fmt::format("{},{}\n", s, result.history.staleness[s]);
  const std::string rounds = round_rows(result.history);
  const std::size_t plots = (rounds.empty() ? 1 : 2) + (result.one_package ? std::size(kDieCurves) : 0) +
                            (result.buckets.size() > 1 ? 1 : 0);
  const std::size_t height = 20 + 300 * plots;
  std::string text =
      output::head_of({"a fleet of Kiln", kFleetLabels, labels.size(), 760, height, kFleetImage});
  text += fmt::format(
      "set multiplot layout {},1 title label[1]\n"
      "set grid lc rgb '#dddddd'\nset border 3\nset tics nomirror out\nset key outside right top\n"
      "$s << EOD\n{}EOD\n$r << EOD\n{}EOD\n",
      plots, staleness, rounds);
  if (result.one_package)
    for (const Curve& curve : kDieCurves) text += dies_plot(result, curve);
  if (result.buckets.size() > 1) text += buckets_plot(result);
  if (!rounds.empty()) {
    text +=
        "set xlabel 'device time (s)'\nset ylabel 'of a round (s)'\nset yrange [0:*]\n"
        "plot $r using 1:2 with lines lw 1.5 lc rgb '#0072B2' title 'whole round', \\\n"
        "  $r using 1:3 with lines lc rgb '#D55E00' title 'last gradient', \\\n"
        "  $r using 1:4 with lines lc rgb '#009E73' title 'first gradient'";
    if (!result.buckets.empty())
      text += ", \\\n  $r using 1:5 with lines dt 2 lc rgb '#CC79A7' title 'exposed exchange'";
    text += "\n";
  }
  text += "set xlabel 'updates missed'\nset ylabel 'gradients'\nset yrange [0:*]\n" +
          counted_axis(result.history.staleness.size()) +
          "set style fill solid 0.6\nset boxwidth 0.8\n"
          "plot $s using 1:2 with boxes lc rgb '#0072B2' title 'staleness'\nunset multiplot\n";
  return {{kFleetPlot, text}, {kFleetLabels, output::label_file(labels)}};
}

}  // namespace kiln::fleet
