// SPDX-License-Identifier: MIT
#include "workload/sparsity.h"

#include <algorithm>
#include <cmath>

namespace kiln::workload {

double weight_density(const PruningConfig& pruning) {
  switch (pruning.pattern) {
    case SparsityPattern::unstructured:
      return 1 - pruning.sparsity;
    case SparsityPattern::n_of_m:
      return static_cast<double>(pruning.n) / pruning.m;
    case SparsityPattern::channels:
      return 1;
  }
  return 1;
}

double pruned_bits(const PruningConfig& pruning, double dense_bits) {
  const double density = weight_density(pruning);
  switch (pruning.pattern) {
    case SparsityPattern::unstructured:
      return std::min(dense_bits, density * dense_bits + 1);
    case SparsityPattern::n_of_m:
      return std::min(dense_bits, density * (dense_bits + std::ceil(std::log2(pruning.m))));
    case SparsityPattern::channels:
      return dense_bits;
  }
  return dense_bits;
}

}  // namespace kiln::workload
