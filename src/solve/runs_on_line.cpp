// SPDX-License-Identifier: MIT
#include "solve/runs_on_line.h"

#include <algorithm>
#include <cmath>

namespace kiln::solve {

RunsOnLine::RunsOnLine(Trials& trials, Point start, std::size_t axis)
    : trials_(trials), start_(std::move(start)), axis_(axis) {}

Point RunsOnLine::at_place(double at) const {
  Point point = start_;
  point[axis_] = at;
  return point;
}

std::optional<Seen> RunsOnLine::look(double at) {
  const std::size_t index = trials_.at(at_place(at));
  if (index == Trials::kNone) return std::nullopt;
  return Seen{trials_[index].point[axis_], index};
}

void RunsOnLine::look(const std::vector<double>& places) {
  std::vector<Point> points;
  for (const double at : places) points.push_back(at_place(at));
  trials_.at(points);
}

std::vector<Seen> RunsOnLine::all() const {
  std::vector<Seen> seen;
  for (std::size_t i = 0; i < trials_.all().size(); ++i)
    if (const Point& point = trials_[i].point; point == at_place(point[axis_]))
      seen.push_back({point[axis_], i});
  std::sort(seen.begin(), seen.end(), [](const Seen& a, const Seen& b) { return a.at < b.at; });
  return seen;
}

Seen RunsOnLine::best() const {
  const std::vector<Seen> seen = all();
  return *std::min_element(seen.begin(), seen.end(),
                           [&](const Seen& a, const Seen& b) { return is_better(a, b); });
}

Beside RunsOnLine::beside(const Seen& seen) const {
  Beside beside;
  for (const Seen& other : all()) {
    if (other.at < seen.at) beside.below = other;
    if (other.at > seen.at && !beside.above) beside.above = other;
  }
  return beside;
}

double RunsOnLine::tolerance_at(double number) const {
  if (axis().whole) return 1;
  const double range = axis().high - axis().low;
  return question().tolerance * std::max(std::min(range, std::abs(number)), 1e-3 * range);
}

bool RunsOnLine::is_narrow(double one_at, double other_at) const {
  const double one = axis().number(one_at), other = axis().number(other_at);
  return std::abs(one - other) <= tolerance_at(std::max(std::abs(one), std::abs(other)));
}

}  // namespace kiln::solve
