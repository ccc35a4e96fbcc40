// SPDX-License-Identifier: MIT
// Shares of a result's variance, while all factors move at once between the ends of what they may be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace kiln::solve {

/// Two independent Latin hypercubes of `samples` points, levels from -1 to 1, and for each factor the first
/// draw with that factor's levels of the second (Saltelli et al., Comput. Phys. Commun. 181, 2010, section
/// 3).
struct VarianceDesign {
  std::vector<std::vector<double>> points;  ///< levels from -1 to 1; samples * (factors + 2) points
  std::size_t samples = 0, factors = 0;

  std::size_t first(std::size_t sample) const { return sample; }
  std::size_t second(std::size_t sample) const { return samples + sample; }
  std::size_t mixed(std::size_t factor, std::size_t sample) const { return (2 + factor) * samples + sample; }
};
VarianceDesign variance_design(std::size_t samples, std::size_t factors, std::uint64_t seed);

/// Of the variance: what goes if the factor becomes known, and what is left if all others do.
struct VarianceShare {
  double alone = 0, total = 0;
};
/// `results` by point of the design; samples with a missing result are left out. Without variance, or with
/// fewer than two samples, all shares are 0. Estimators: (b) and (f) of table 2 of the same paper (f: Jansen
/// 1999).
std::vector<VarianceShare> variance_shares(const VarianceDesign& design,
                                           std::span<const std::optional<double>> results);

}  // namespace kiln::solve
