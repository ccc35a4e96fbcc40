// SPDX-License-Identifier: MIT
// Data of a read that is still coming out of its memory while it is already being sent.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace kiln::sim {

/// Given by a memory with its answer. A network that follows it sends nothing before it is there; one that
/// does not takes the departure curve. The memory may forget the read when the supply is gone.
class Supply {
 public:
  virtual ~Supply() = default;
  /// When the first `bytes` of the read are out. In the future it is a lower bound: ask again then. The
  /// kernel's time must be reached before one in the future is asked for again.
  virtual base::TimePs ready(std::uint64_t bytes) = 0;
};

}  // namespace kiln::sim
