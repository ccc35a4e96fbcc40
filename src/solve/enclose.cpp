// SPDX-License-Identifier: MIT
#include "solve/enclose.h"

#include <algorithm>

namespace kiln::solve {

namespace {

constexpr int kMostLooks = 60;
constexpr double kCut = 0.3819660112501051;  // of the wider side: 2 less the golden ratio
constexpr double kFarther = 2;               // of the other side, where nothing is known on this one
constexpr double kBlindStep = 0.05;          // of the range, where nothing is known on either

std::optional<double> next_look(const RunsOnLine& line, double at, const Beside& beside) {
  const double below = beside.below ? at - beside.below->at : 0;
  const double above = beside.above ? beside.above->at - at : 0;
  const bool low_end = line.axis().is_end(at) && at < 0.5, high_end = line.axis().is_end(at) && at > 0.5;
  if (!beside.below && !low_end) return std::max(0.0, at - kFarther * std::max(above, kBlindStep));
  if (!beside.above && !high_end) return std::min(1.0, at + kFarther * std::max(below, kBlindStep));
  const bool look_below = beside.below && !line.is_narrow(beside.below->at, at);
  const bool look_above = beside.above && !line.is_narrow(at, beside.above->at);
  if (look_below && (below >= above || !look_above)) return at - kCut * below;
  if (look_above) return at + kCut * above;
  return std::nullopt;
}

}  // namespace

void enclose(RunsOnLine& line) {
  for (int i = 0; i < kMostLooks; ++i) {
    const Seen best = line.best();
    const Beside beside = line.beside(best);
    const auto where = next_look(line, best.at, beside);
    const auto seen = where ? line.look(*where) : std::nullopt;
    if (!seen || seen->trial == best.trial || (beside.below && seen->trial == beside.below->trial) ||
        (beside.above && seen->trial == beside.above->trial))
      return;
  }
}

}  // namespace kiln::solve
