// SPDX-License-Identifier: MIT
// Long operations in parts of equal tasks, so that what repeats within them is found as equal blocks are: the
// head of a language model or the update of its table move more than many of its blocks.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "lowering/program.h"

namespace kiln::lowering {

/// A step whose long operations are several instances, one behind another; tasks are in the same order.
struct StepInParts {
  LoweredStep step;
  std::vector<std::int32_t> last_part;  ///< by instance of the step as it was
  /// By instance of `step`: the same number for parts that move the same tensors in the same order, and as
  /// much of them within a hundredth. Blocks of tensors differ by the bytes that do not divide. -1: none.
  std::vector<std::int32_t> likeness;
};

/// Parts move about `part_bytes` to and from memories, in whole periods of the order in which a tile moves
/// tensors. An instance is cut where it makes many parts; nothing if none does.
std::optional<StepInParts> in_parts(const LoweredStep& step, std::uint64_t part_bytes);

}  // namespace kiln::lowering
