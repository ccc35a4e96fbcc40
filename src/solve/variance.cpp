// SPDX-License-Identifier: MIT
#include "solve/variance.h"

#include <utility>

#include "base/error.h"
#include "base/rng.h"
#include "base/statistics.h"

namespace kiln::solve {

using base::mean_of;

namespace {

/// One level in each of `count` equal parts of the range, in random order (McKay et al., Technometrics 21(2),
/// 1979).
std::vector<double> even_levels(std::size_t count, base::Rng& rng) {
  std::vector<double> levels(count);
  for (std::size_t i = 0; i < count; ++i)
    levels[i] = 2 * (static_cast<double>(i) + rng.uniform()) / static_cast<double>(count) - 1;
  rng.shuffle(levels);
  return levels;
}

}  // namespace

VarianceDesign variance_design(std::size_t samples, std::size_t factors, std::uint64_t seed) {
  base::Rng rng(seed, "sensitivity", "variance");
  VarianceDesign design{{}, samples, factors};
  design.points.assign(samples * (factors + 2), std::vector<double>(factors));
  for (const std::size_t begin : {design.first(0), design.second(0)})
    for (std::size_t factor = 0; factor < factors; ++factor) {
      const std::vector<double> levels = even_levels(samples, rng);
      for (std::size_t sample = 0; sample < samples; ++sample)
        design.points[begin + sample][factor] = levels[sample];
    }
  for (std::size_t factor = 0; factor < factors; ++factor)
    for (std::size_t sample = 0; sample < samples; ++sample) {
      std::vector<double>& mixed = design.points[design.mixed(factor, sample)];
      mixed = design.points[design.first(sample)];
      mixed[factor] = design.points[design.second(sample)][factor];
    }
  return design;
}

std::vector<VarianceShare> variance_shares(const VarianceDesign& design,
                                           std::span<const std::optional<double>> results) {
  KILN_CHECK(results.size() == design.points.size(), "{} results of {} points", results.size(),
             design.points.size());
  std::vector<double> all;
  for (std::size_t i = 0; i < 2 * design.samples; ++i)
    if (results[i]) all.push_back(*results[i]);
  // Numbers far from zero would cost digits in the products of (b): they are counted from the mean.
  const double mean = mean_of(all), variance = base::variance_of(all);
  std::vector<VarianceShare> shares(design.factors);
  if (variance <= 0) return shares;
  for (std::size_t factor = 0; factor < design.factors; ++factor) {
    std::vector<double> alone, total;
    for (std::size_t sample = 0; sample < design.samples; ++sample) {
      const auto &a = results[design.first(sample)], &b = results[design.second(sample)],
                 &mixed = results[design.mixed(factor, sample)];
      if (!a || !b || !mixed) continue;
      alone.push_back((*b - mean) * (*mixed - *a));
      total.push_back((*a - *mixed) * (*a - *mixed) / 2);
    }
    shares[factor] = {mean_of(alone) / variance, mean_of(total) / variance};
  }
  return shares;
}

}  // namespace kiln::solve
