// SPDX-License-Identifier: MIT
#include <algorithm>
#include <limits>

#include "base/error.h"
#include "base/rng.h"
#include "lowering/allocator.h"
#include "lowering/tiler.h"
#include "support/catch.h"

using namespace kiln;
using namespace kiln::lowering;

namespace {

/// Then traffic alone decides.
const TilingTime kNoTime{[](const Tiling&) { return 0.0; }, [](const Tiling&) { return 0.0; }};

/// Every tile count of every loop in both orders.
double least_traffic(const TilingProblem& p) {
  double least = std::numeric_limits<double>::infinity();
  for (std::int64_t m = 1; m <= p.m; ++m)
    for (std::int64_t n = 1; n <= p.n; ++n)
      for (std::int64_t k = 1; k <= p.k; ++k)
        for (const LoopOrder order : {LoopOrder::m_outer, LoopOrder::n_outer}) {
          const Tiling tiling{m, n, k, order, 0};
          if (tiling_footprint(p, tiling) <= p.capacity_bytes)
            least = std::min(least, tiling_traffic(p, tiling));
        }
  return least;
}

/// Bytes a machine moves that walks the loops and loads an operand whenever its tile changes.
double walked_traffic(const TilingProblem& p, const Tiling& t) {
  double bytes = p.c_bytes;
  std::int64_t last_a = -1, last_b = -1;
  const bool m_outer = t.order == LoopOrder::m_outer;
  for (std::int64_t outer = 0; outer < (m_outer ? t.m_tiles : t.n_tiles); ++outer)
    for (std::int64_t inner = 0; inner < (m_outer ? t.n_tiles : t.m_tiles); ++inner)
      for (std::int64_t k = 0; k < t.k_tiles; ++k) {
        const std::int64_t im = m_outer ? outer : inner, in = m_outer ? inner : outer;
        const std::int64_t a = im * t.k_tiles + k, b = k * t.n_tiles + in;
        if (a != last_a) bytes += p.a_bytes / static_cast<double>(t.m_tiles * t.k_tiles);
        if (b != last_b) bytes += p.b_bytes / static_cast<double>(t.n_tiles * t.k_tiles);
        last_a = a;
        last_b = b;
      }
  return bytes;
}

}  // namespace

TEST_CASE("the tiler moves at most a fifth more than the brute-force minimum") {
  base::Rng rng(11, "tiler", "test");
  for (int i = 0; i < 60; ++i) {
    TilingProblem p;
    p.m = 1 + static_cast<std::int64_t>(rng.below(40));
    p.n = 1 + static_cast<std::int64_t>(rng.below(24));
    p.k = 1 + static_cast<std::int64_t>(rng.below(30));
    p.a_bytes = 2.0 * static_cast<double>(p.m * p.k);
    p.b_bytes = 2.0 * static_cast<double>(p.k * p.n);
    p.c_bytes = 2.0 * static_cast<double>(p.m * p.n);
    p.capacity_bytes = 64 + static_cast<double>(rng.below(2000));
    const double least = least_traffic(p);
    if (least == std::numeric_limits<double>::infinity()) continue;
    const Tiling tiling = choose_tiling(p, kNoTime, Objective::time);
    CHECK(tiling_footprint(p, tiling) <= p.capacity_bytes);
    CHECK(tiling.traffic_bytes <= 1.2 * least);
    CHECK(tiling.traffic_bytes >= least);
  }
}

TEST_CASE("a tiling is chosen by time, among equally fast ones by traffic, or the other way round") {
  TilingProblem p{64, 64, 64};
  p.a_bytes = p.b_bytes = p.c_bytes = 8192;
  p.capacity_bytes = 8000;
  const auto tasks = [](const Tiling& t) { return static_cast<double>(t.tasks()); };
  const TilingTime many_are_fast{[](const Tiling&) { return 0.0; },
                                 [&](const Tiling& t) { return 1000 / tasks(t); }};
  const Tiling fast = choose_tiling(p, many_are_fast, Objective::time);
  const Tiling lean = choose_tiling(p, many_are_fast, Objective::energy);
  CHECK(fast.tasks() > 10 * lean.tasks());
  CHECK(fast.traffic_bytes > lean.traffic_bytes);
  CHECK(lean.traffic_bytes <= 1.01 * choose_tiling(p, kNoTime, Objective::time).traffic_bytes);
  // A bound that rules nothing out, and one that is the time itself, lead to the same.
  const TilingTime bounded{many_are_fast.estimate, many_are_fast.estimate};
  for (const Objective objective : {Objective::time, Objective::energy, Objective::edp})
    CHECK(choose_tiling(p, bounded, objective).tasks() == choose_tiling(p, many_are_fast, objective).tasks());
}

TEST_CASE("the traffic law is what a machine walking the loops moves") {
  base::Rng rng(12, "tiler", "walk");
  for (int i = 0; i < 200; ++i) {
    TilingProblem p{60, 60, 60};
    p.a_bytes = p.b_bytes = p.c_bytes = 3600;
    p.capacity_bytes = 1e9;
    const Tiling t{1 + static_cast<std::int64_t>(rng.below(4)), 1 + static_cast<std::int64_t>(rng.below(4)),
                   1 + static_cast<std::int64_t>(rng.below(4)),
                   rng.below(2) == 0 ? LoopOrder::m_outer : LoopOrder::n_outer, 0};
    CHECK_THAT(tiling_traffic(p, t), Catch::Matchers::WithinRel(walked_traffic(p, t), 1e-12));
  }
}

TEST_CASE("a GEMM that cannot be cut small enough is refused with the remedy") {
  TilingProblem p{4, 4, 4};
  p.a_bytes = p.b_bytes = p.c_bytes = 32;
  p.capacity_bytes = 3;
  CHECK_THROWS_WITH(choose_tiling(p, kNoTime, Objective::time),
                    testing::contains("soc.npu.local_sram: no tile"));
}

TEST_CASE("the allocator never lets two live tensors overlap and stays near the peak of live bytes") {
  base::Rng rng(5, "allocator", "test");
  for (int round = 0; round < 30; ++round) {
    std::vector<Lifetime> items;
    std::uint64_t peak_live = 0;
    for (int i = 0; i < 60; ++i) {
      const auto first = static_cast<std::int32_t>(rng.below(50));
      items.push_back({1 + rng.below(1000), first, first + static_cast<std::int32_t>(rng.below(8))});
    }
    for (int t = 0; t < 60; ++t) {
      std::uint64_t live = 0;
      for (const Lifetime& item : items)
        if (item.first <= t && t <= item.last) live += item.bytes;
      peak_live = std::max(peak_live, live);
    }
    LifetimeAllocator allocator(1 << 20, 1);
    const auto at = allocator.place(items);
    for (std::size_t a = 0; a < items.size(); ++a) {
      REQUIRE(at[a].has_value());
      for (std::size_t b = 0; b < a; ++b) {
        const bool together = items[a].first <= items[b].last && items[b].first <= items[a].last;
        const bool apart = *at[a] + items[a].bytes <= *at[b] || *at[b] + items[b].bytes <= *at[a];
        CHECK((!together || apart));
      }
    }
    CHECK(allocator.peak_bytes() >= peak_live);
    CHECK(allocator.peak_bytes() <= 2 * peak_live);
  }
}

TEST_CASE("what does not fit is left out, not squeezed in") {
  LifetimeAllocator allocator(100, 1);
  const auto at = allocator.place({{80, 0, 5}, {40, 3, 9}, {20, 3, 3}});
  CHECK(at[0].has_value());
  CHECK_FALSE(at[1].has_value());
  CHECK(at[2].has_value());
}
