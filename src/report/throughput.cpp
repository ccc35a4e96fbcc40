// SPDX-License-Identifier: MIT
#include "report/throughput.h"

#include <algorithm>

#include "base/units.h"
#include "report/figures.h"

namespace kiln::report {

namespace {

constexpr double kStretch = 0.01;       // of the time
constexpr double kStepsInStretch = 10;  // fewer, and where steps begin and end shows
constexpr double kTold = 0.01;          // a smaller change is no news

}  // namespace

double steps_between(const std::vector<device::PeriodRecord>& rows, double from_s, double to_s) {
  double steps = 0;
  for (const device::PeriodRecord& row : rows) {
    const double begin_s = std::max(from_s, row.time_s - row.dt_s), end_s = std::min(to_s, row.time_s);
    if (begin_s < end_s) steps += row.steps * (end_s - begin_s) / row.dt_s;
  }
  return steps;
}

std::optional<Throughput> throughput(const Findings& f) {
  const std::vector<device::PeriodRecord>& rows = f.observed.series.rows();
  if (f.experiment.run.horizon == experiment::Horizon::steady || f.observed.steps < 2 || rows.empty())
    return {};
  const double all_s = f.observed.time_s, begin_s = rows.front().time_s - rows.front().dt_s,
               end_s = rows.back().time_s;
  const double ten_steps_s = kStepsInStretch * all_s / f.observed.steps;
  const double stretch_s = std::min(all_s / 2, std::max(kStretch * all_s, ten_steps_s));
  const double samples_each = f.prepared.graph.samples() / stretch_s;
  return Throughput{samples_each * steps_between(rows, begin_s, begin_s + stretch_s),
                    samples_each * steps_between(rows, end_s - stretch_s, end_s),
                    f.prepared.graph.samples() * f.observed.steps / all_s, stretch_s};
}

Numbers throughput_numbers(const Findings& f) {
  const std::optional<Throughput> seen = throughput(f);
  if (!seen) return {};
  return {{"first", seen->first}, {"mean", seen->mean}, {"last", seen->last}};
}

std::string throughput_text(const Findings& f) {
  const std::optional<Throughput> seen = throughput(f);
  if (!seen) return "";
  const auto [least, most] = std::minmax({seen->first, seen->last, seen->mean});
  if (most - least < kTold * most) return "";
  return fmt::format("{:.4g} samples/s in the first {}, {:.4g} in the last, {:.4g} in the mean", seen->first,
                     base::display_quantity(seen->stretch_s, base::Dimension::time), seen->last, seen->mean);
}

}  // namespace kiln::report
