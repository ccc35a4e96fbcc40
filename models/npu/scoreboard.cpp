// SPDX-License-Identifier: MIT
#include "npu/scoreboard.h"

#include "base/error.h"

namespace kiln::npu {

void Scoreboard::begin_step(const std::vector<std::int32_t>& participants, int tiles) {
  missing_ = participants;
  tiles_ = tiles;
  done_.assign(participants.size() * static_cast<std::size_t>(tiles), 0);
}

void Scoreboard::complete(std::int32_t instance, int tile) {
  auto& done = done_[static_cast<std::size_t>(instance) * static_cast<std::size_t>(tiles_) +
                     static_cast<std::size_t>(tile)];
  KILN_CHECK(!done && missing_[static_cast<std::size_t>(instance)] > 0,
             "instance {} completed twice on tile {}", instance, tile);
  done = 1;
  --missing_[static_cast<std::size_t>(instance)];
  for (ScoreboardListener* listener : listeners_) listener->operation_completed();
}

bool Scoreboard::satisfied(const lowering::Dependency& dependency, int tile) const {
  if (dependency.instance < 0) return true;
  const auto instance = static_cast<std::size_t>(dependency.instance);
  if (missing_[instance] == 0) return true;
  return !dependency.all_tiles &&
         done_[instance * static_cast<std::size_t>(tiles_) + static_cast<std::size_t>(tile)] != 0;
}

}  // namespace kiln::npu
