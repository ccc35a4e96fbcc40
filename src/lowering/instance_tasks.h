// SPDX-License-Identifier: MIT
// The tasks of a lowered step by operation instance, and whether those of two instances are alike.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lowering/program.h"

namespace kiln::lowering {

/// Tasks of one instance on one tile.
using Tasks = std::span<const Task>;

/// Where each instance's tasks are in each tile's program.
class InstanceTasks {
 public:
  /// `step` must outlive it.
  explicit InstanceTasks(const LoweredStep& step);

  Tasks of(std::size_t tile, std::int32_t instance) const;
  /// Whether a tile has any of instances `begin` to `end`, without it.
  bool any(std::size_t tile, std::int32_t begin, std::int32_t end) const {
    return begins_[tile][static_cast<std::size_t>(begin)] < begins_[tile][static_cast<std::size_t>(end)];
  }
  /// To and from memories, of instances `begin` to `end` on all tiles.
  std::uint64_t bytes(std::int32_t begin, std::int32_t end) const;
  /// The same for two instances whose tasks on all tiles differ in names, addresses and dependencies alone.
  std::string fingerprint(std::int32_t instance) const;

 private:
  const LoweredStep& step_;
  std::vector<std::vector<std::size_t>> begins_;  ///< [tile][instance]
};

}  // namespace kiln::lowering
