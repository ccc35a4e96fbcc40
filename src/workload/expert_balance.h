// SPDX-License-Identifier: MIT
// How many rows each expert of a mixture gets, before there are numbers to decide it.
#pragma once

#include <cstdint>
#include <vector>

namespace kiln::workload {

/// Of `tokens` tokens that go to `top` of `experts` experts each, the rows by expert, the busiest first. The
/// expert of rank r (from 1) gets a share in proportion to r^-skew (Zipf; 0: all alike), but never more than
/// one row of a token; what is too much for it goes to the others in proportion. Whole rows by largest
/// remainder; they sum to tokens * top. Needs 1 <= top <= experts.
std::vector<std::int64_t> rows_by_expert(std::int64_t tokens, std::int64_t experts, std::int64_t top,
                                         double skew);

/// Rows that each expert has room for: ceil(factor * tokens * top / experts) (Fedus et al. 2022, equation 3;
/// GShard, Lepikhin et al. 2021, for top = 2), at least one and no more than there are tokens. Needs a factor
/// above 0.
std::int64_t expert_capacity(double factor, std::int64_t tokens, std::int64_t experts, std::int64_t top);

}  // namespace kiln::workload
