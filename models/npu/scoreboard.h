// SPDX-License-Identifier: MIT
// Which operation instances are complete, on one tile or on all of them.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "lowering/program.h"

namespace kiln::npu {

class Scoreboard {
 public:
  /// `participants[i]`: tiles that have work in instance i.
  void begin_step(const std::vector<std::int32_t>& participants, int tiles);
  /// Tile `tile` finished computing and storing instance `instance`.
  void complete(std::int32_t instance, int tile);
  bool satisfied(const lowering::Dependency& dependency, int tile) const;
  /// Called after every completion: waiting tiles look again.
  void on_change(std::function<void()> listener) { listener_ = std::move(listener); }

 private:
  std::vector<std::int32_t> missing_;  ///< by instance: tiles still at work
  std::vector<std::uint8_t> done_;     ///< [instance][tile]
  int tiles_ = 0;
  std::function<void()> listener_;
};

}  // namespace kiln::npu
