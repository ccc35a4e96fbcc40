// SPDX-License-Identifier: MIT
// The random direction of a step of zeroth order (Malladi et al. 2023, algorithm 1): never stored, drawn anew
// in every pass over the weights.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "workload/part.h"

namespace kiln::learning {

/// A direction is the same wherever these are.
struct DirectionKey {
  std::uint64_t seed = 0;
  std::string_view layer;
  workload::PartKind part = workload::PartKind::weight;
  std::int64_t step = 0;
};

/// values = (values + distance * z) * kept, with z of independent standard normals.
void move_along(const DirectionKey& key, double distance, double kept, std::span<float> values);

}  // namespace kiln::learning
