// SPDX-License-Identifier: MIT
#include "dram/exact/direction.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace kiln::dram {

Direction::Direction(const DramConfig& config)
    : read_batch_(config.controller.read_batch),
      write_batch_(config.controller.write_batch > 0 ? config.controller.write_batch
                                                     : std::numeric_limits<int>::max()),
      whole_(config.controller.direction_scope == DirectionScope::channel) {
  const int subs = config.organisation.pseudo_channels * config.organisation.ranks;
  units_.resize(whole_ ? 1 : static_cast<std::size_t>(subs));
  const double entries = config.controller.write_queue / static_cast<double>(units_.size());
  high_ = static_cast<int>(std::floor(config.controller.write_high * entries));
  // Below 1, not 0: reads that wait get their turn when no write is left, however low the mark is.
  low_ = std::max(1, static_cast<int>(std::ceil(config.controller.write_low * entries)));
}

std::string Direction::describe() const {
  std::string text;
  for (std::size_t i = 0; i < units_.size(); ++i)
    text += fmt::format(", {} {}", units_[i].writing ? "writing" : "reading", i);
  return text;
}

}  // namespace kiln::dram
