// SPDX-License-Identifier: MIT
// Which rows of which experts of a mixture a tile has. Internal to lowering.
#pragma once

#include <cstdint>
#include <vector>

#include "lowering/operands.h"
#include "lowering/slicing.h"
#include "workload/operation.h"

namespace kiln::lowering {

/// The part of one expert in what a tile does of an ExpertProduct.
struct ExpertShare {
  Share rows;      ///< of the tile's rows: those of the expert lie together
  Share weights;   ///< of the experts' weights
  Share gradient;  ///< of their gradient: a tile writes all of its copy, zeros where it has no rows
};

/// Of the experts of which a tile has rows [begin, begin + count), in the order of the rows. In memory the
/// rows of a sample follow those of the sample before, within a sample those of an expert those of the one
/// before.
std::vector<ExpertShare> expert_shares(const workload::ExpertProduct&, std::int64_t begin,
                                       std::int64_t count);

/// What of a tile's operands belongs to an expert.
Flows parts_of(const Flows&, const ExpertShare&);

}  // namespace kiln::lowering
