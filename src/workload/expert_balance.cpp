// SPDX-License-Identifier: MIT
#include "workload/expert_balance.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"

namespace kiln::workload {
namespace {

/// Shares of `rows`, none above `most`: the busiest are full, the others share what is left.
std::vector<double> shares_of(std::int64_t rows, std::int64_t most, const std::vector<double>& weights) {
  std::vector<double> shares(weights.size());
  double left = static_cast<double>(rows);
  double weight_left = std::accumulate(weights.begin(), weights.end(), 0.0);
  bool full = true;  // weights fall: once one is not full, no later one is
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double due = left * weights[i] / weight_left;
    full = full && due >= static_cast<double>(most);
    if (!full) {
      shares[i] = due;
      continue;
    }
    shares[i] = static_cast<double>(most);
    left -= shares[i];
    weight_left -= weights[i];
  }
  return shares;
}

}  // namespace

std::vector<std::int64_t> rows_by_expert(std::int64_t tokens, std::int64_t experts, std::int64_t top,
                                         double skew) {
  KILN_CHECK(1 <= top && top <= experts, "{} of {} experts", top, experts);
  std::vector<double> weights;
  for (std::int64_t rank = 1; rank <= experts; ++rank)
    weights.push_back(std::pow(static_cast<double>(rank), -skew));
  const std::vector<double> shares = shares_of(tokens * top, tokens, weights);
  std::vector<std::int64_t> rows;
  for (const double share : shares) rows.push_back(static_cast<std::int64_t>(share));
  std::int64_t left = tokens * top - std::accumulate(rows.begin(), rows.end(), std::int64_t{0});
  std::vector<std::size_t> order(rows.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return shares[a] - static_cast<double>(rows[a]) > shares[b] - static_cast<double>(rows[b]);
  });
  while (left > 0)
    for (const std::size_t expert : order)
      if (left > 0 && rows[expert] < tokens) {
        ++rows[expert];
        --left;
      }
  return rows;
}

std::int64_t expert_capacity(double factor, std::int64_t tokens, std::int64_t experts, std::int64_t top) {
  KILN_CHECK(factor > 0 && experts > 0, "a capacity of {} times the share of {} experts", factor, experts);
  const double even = static_cast<double>(tokens * top) / static_cast<double>(experts);
  // A product that is whole but for its rounding is no row more.
  const double rows = std::ceil(factor * even - 1e-9 * even);
  return static_cast<std::int64_t>(std::clamp(rows, 1.0, static_cast<double>(tokens)));
}

}  // namespace kiln::workload
