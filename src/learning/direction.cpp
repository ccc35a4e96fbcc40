// SPDX-License-Identifier: MIT
#include "learning/direction.h"

#include <fmt/core.h>

#include "base/rng.h"

namespace kiln::learning {

void move_along(const DirectionKey& key, double distance, double kept, std::span<float> values) {
  base::Rng rng(key.seed, key.layer, fmt::format("direction {}", static_cast<int>(key.part)),
                static_cast<std::uint64_t>(key.step));
  for (float& value : values) value = static_cast<float>((double{value} + distance * rng.normal()) * kept);
}

}  // namespace kiln::learning
