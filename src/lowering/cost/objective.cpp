// SPDX-License-Identifier: MIT
#include "lowering/cost/objective.h"

#include <algorithm>
#include <limits>

#include "base/error.h"

namespace kiln::lowering {

namespace {

/// The least by `first`; what is within a tie of it goes by `second`, then by `first`.
template <class First, class Second>
std::size_t least(std::span<const Price> ways, First first, Second second) {
  double bound = std::numeric_limits<double>::infinity();
  for (const Price& way : ways) bound = std::min(bound, first(way));
  bound += kTie * bound;
  std::size_t best = ways.size();
  for (std::size_t i = 0; i < ways.size(); ++i) {
    if (first(ways[i]) > bound) continue;
    const bool better = best == ways.size() || second(ways[i]) < second(ways[best]) ||
                        (second(ways[i]) == second(ways[best]) && first(ways[i]) < first(ways[best]));
    if (better) best = i;
  }
  return best;
}

}  // namespace

std::span<const config::EnumName<Objective>> enum_names(const Objective*) {
  static constexpr config::EnumName<Objective> kNames[] = {
      {Objective::time, "time"}, {Objective::energy, "energy"}, {Objective::edp, "edp"}};
  return kNames;
}

double merit(const Price& way, Objective objective) {
  switch (objective) {
    case Objective::time:
      return way.time;
    case Objective::energy:
      return way.energy;
    case Objective::edp:
      return way.time * way.energy;
  }
  return 0;
}

std::size_t best_of(std::span<const Price> ways, Objective objective) {
  KILN_CHECK(!ways.empty(), "nothing to choose from");
  const auto first = [&](const Price& way) { return merit(way, objective); };
  switch (objective) {
    case Objective::time:
      return least(ways, first, [](const Price& way) { return way.energy; });
    case Objective::energy:
      return least(ways, first, [](const Price& way) { return way.time; });
    case Objective::edp:
      return least(ways, first, first);
  }
  return 0;
}

}  // namespace kiln::lowering
