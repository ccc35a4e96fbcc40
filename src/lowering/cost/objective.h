// SPDX-License-Identifier: MIT
// What a choice between ways to do the same work is made by.
#pragma once

#include <cstddef>
#include <span>

#include "config/value.h"

namespace kiln::lowering {

enum class Objective {
  time,    ///< the fastest; of those within 1 % of it, the one that takes the least energy
  energy,  ///< the least energy; of those within 1 % of it, the fastest
  edp      ///< the least product of both
};
std::span<const config::EnumName<Objective>> enum_names(const Objective*);

/// What one way costs: units are the caller's, equal for all ways.
struct Price {
  double time = 0, energy = 0;
};

/// How much more may count as equal.
inline constexpr double kTie = 0.01;

/// What the objective makes least, ties aside.
double merit(const Price& way, Objective objective);

/// Index of the best of `ways`; of equal ones the first. Throws base::SimError when there is none.
std::size_t best_of(std::span<const Price> ways, Objective objective);

}  // namespace kiln::lowering
