// SPDX-License-Identifier: MIT
#include "lowering/tiler.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "base/ceil_div.h"
#include "base/error.h"

namespace kiln::lowering {

namespace {

double whole_parts(std::int64_t a, std::int64_t b) {
  return static_cast<double>(base::ceil_div(a, b));
}

/// Tile counts worth trying: every small number, then steps of a half.
std::vector<std::int64_t> counts_upto(std::int64_t extent) {
  std::vector<std::int64_t> counts;
  for (std::int64_t count = 1; count <= extent; count = count < 8 ? count + 1 : count + count / 2)
    counts.push_back(count);
  if (counts.back() != extent) counts.push_back(extent);
  return counts;
}

/// Share of the extent in the largest tile.
double largest_share(std::int64_t extent, std::int64_t count) {
  return whole_parts(extent, count) / static_cast<double>(extent);
}

}  // namespace

double tiling_traffic(const TilingProblem& p, const Tiling& t) {
  // An operand stays in place over a loop only if neither that loop nor a loop inside it indexes the operand.
  const bool k_split = t.k_tiles > 1;
  double a_passes = 1, b_passes = 1;
  if (t.order == LoopOrder::m_outer) {
    a_passes = k_split && t.n_tiles > 1 ? static_cast<double>(t.n_tiles) : 1;
    b_passes = t.n_tiles * t.k_tiles > 1 ? static_cast<double>(t.m_tiles) : 1;
  } else {
    b_passes = k_split && t.m_tiles > 1 ? static_cast<double>(t.m_tiles) : 1;
    a_passes = t.m_tiles * t.k_tiles > 1 ? static_cast<double>(t.n_tiles) : 1;
  }
  return (p.a_resident ? 0 : p.a_bytes * a_passes) + (p.b_resident ? 0 : p.b_bytes * b_passes) + p.c_bytes;
}

double tiling_footprint(const TilingProblem& p, const Tiling& t) {
  const double m = largest_share(p.m, t.m_tiles), n = largest_share(p.n, t.n_tiles),
               k = largest_share(p.k, t.k_tiles);
  const double a = p.a_resident ? 0 : p.a_bytes * m * k * (t.m_tiles * t.k_tiles > 1 ? 2 : 1);
  const double b = p.b_resident ? 0 : p.b_bytes * k * n * (t.n_tiles * t.k_tiles > 1 ? 2 : 1);
  const double c = p.c_bytes * m * n * (t.m_tiles * t.n_tiles > 1 ? 2 : 1);
  const double sums =
      t.k_tiles > 1 ? p.accumulator_bytes * m * static_cast<double>(p.m) * n * static_cast<double>(p.n) : 0;
  return a + b + c + sums;
}

namespace {

/// Estimated times this close are not told apart: other tiles' traffic slows a transfer down or does not.
/// Memory is what tiles share, so the one that moves the least is taken.
constexpr double kUnsure = 0.1;

/// Every way to cut m and n with the coarsest cut of k that fits: a finer one never moves fewer bytes.
std::vector<Tiling> feasible_tilings(const TilingProblem& p) {
  std::vector<Tiling> feasible;
  const std::vector<std::int64_t> n_counts = counts_upto(p.n), k_counts = counts_upto(p.k);
  for (const std::int64_t mt : counts_upto(p.m)) {
    for (const std::int64_t nt : n_counts) {
      for (const std::int64_t kt : k_counts) {
        Tiling tiling{mt, nt, kt, LoopOrder::m_outer, 0};
        if (tiling_footprint(p, tiling) > p.capacity_bytes) continue;
        for (const LoopOrder order : {LoopOrder::m_outer, LoopOrder::n_outer}) {
          tiling.order = order;
          tiling.traffic_bytes = tiling_traffic(p, tiling);
          feasible.push_back(tiling);
        }
        break;
      }
      if (nt * mt > 4096) break;
    }
  }
  return feasible;
}

}  // namespace

Tiling choose_tiling(const TilingProblem& p, const TilingTime& time, Objective objective) {
  KILN_CHECK(p.m > 0 && p.n > 0 && p.k > 0, "tiling of {}x{}x{}", p.m, p.n, p.k);
  std::vector<std::pair<double, Tiling>> by_merit;  ///< none of them is better than that
  for (const Tiling& tiling : feasible_tilings(p))
    by_merit.emplace_back(merit({time.least(tiling), tiling.traffic_bytes}, objective), tiling);
  if (by_merit.empty())
    throw base::ConfigError(
        {}, "soc.npu.local_sram",
        fmt::format("no tile of a {}x{}x{} GEMM fits {} bytes of it; enlarge it or lower soc.resident_share",
                    p.m, p.n, p.k, p.capacity_bytes));
  std::stable_sort(by_merit.begin(), by_merit.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  const double slack = objective == Objective::time ? kUnsure : kTie;
  std::vector<std::pair<Price, Tiling>> priced;
  double best = std::numeric_limits<double>::infinity();
  for (const auto& [least, tiling] : by_merit) {
    if (least > best * (1 + slack)) break;
    priced.push_back({{time.estimate(tiling), tiling.traffic_bytes}, tiling});
    best = std::min(best, merit(priced.back().first, objective));
  }
  std::erase_if(priced, [&](const auto& way) { return merit(way.first, objective) > best * (1 + slack); });
  std::vector<Price> prices;
  for (const auto& way : priced) prices.push_back(way.first);
  return priced[best_of(prices, objective == Objective::edp ? objective : Objective::energy)].second;
}

}  // namespace kiln::lowering
