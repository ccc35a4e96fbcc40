// SPDX-License-Identifier: MIT
// Cutting one GEMM into super-tiles that fit the local SRAM with double buffering.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

#include "lowering/cost/objective.h"

namespace kiln::lowering {

/// What one tile has to do: C[m,n] = A[m,k] B[k,n]. The bytes are those of the distinct elements (im2col
/// happens in the DMA), over the whole m, n, k.
struct TilingProblem {
  std::int64_t m = 1, n = 1, k = 1;
  double a_bytes = 0, b_bytes = 0, c_bytes = 0;
  bool a_resident = false, b_resident = false;  ///< already in local SRAM: no traffic, no buffer
  double accumulator_bytes = 4;                 ///< per element of C while k is split
  double capacity_bytes = 0;

  auto operator<=>(const TilingProblem&) const = default;
};

enum class LoopOrder {
  m_outer,  ///< for m: for n: for k   (A stays, B streams)
  n_outer   ///< for n: for m: for k   (B stays, A streams)
};

struct Tiling {
  std::int64_t m_tiles = 1, n_tiles = 1, k_tiles = 1;
  LoopOrder order = LoopOrder::m_outer;
  double traffic_bytes = 0;
  std::int64_t tasks() const { return m_tiles * n_tiles * k_tiles; }
};

/// Bytes between memory and local SRAM under a tiling: an operand whose tile does not change stays.
double tiling_traffic(const TilingProblem& problem, const Tiling& tiling);
/// Local SRAM it needs, double buffers included.
double tiling_footprint(const TilingProblem& problem, const Tiling& tiling);

/// How long a tiling takes, in any unit.
struct TilingTime {
  std::function<double(const Tiling&)> least;  ///< quickly: never above the estimate
  std::function<double(const Tiling&)> estimate;
};

/// The best feasible tiling by the objective; its traffic stands for energy, and decides between tilings
/// whose times are within a tenth of the least. Throws ConfigError when not even the smallest tile fits.
Tiling choose_tiling(const TilingProblem& problem, const TilingTime& time, Objective objective);

}  // namespace kiln::lowering
