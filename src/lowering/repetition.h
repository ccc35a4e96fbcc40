// SPDX-License-Identifier: MIT
// Blocks of layers that a step goes through again and again with the same tasks: where they are, and the step
// with a few of them only, which takes as much less time to simulate.
#pragma once

#include <cstdint>
#include <vector>

#include "lowering/program.h"

namespace kiln::lowering {

/// Operation instances that repeat: `count` periods of `period` instances, the first beginning with `first`.
/// All periods have the same tasks on every tile but for addresses, and all but the first depend on instances
/// as the one before does.
struct Repetition {
  std::int32_t first = 0, period = 0, count = 0;
  /// In each period tiles wait for one another, so none gets ahead of the others. Where they go on by
  /// themselves, it takes some periods until they have found their order in front of the memory.
  bool in_step = false;
  /// A shortened step keeps so many periods that what came before still acts on, and after them a unit of so
  /// many that stand for all that is left out, again and again. The unit is even, so that its halves can be
  /// compared.
  std::int32_t settling = 1, unit = 2;
  std::uint64_t bytes_left_out = 0;  ///< to and from memories

  /// Units left out; the last period, which other layers follow, never is.
  std::int32_t units_left_out() const { return (count - settling - unit - 1) / unit; }
  std::int32_t begin_of(std::int32_t p) const { return first + p * period; }
  std::int32_t end() const { return begin_of(count); }
  std::int32_t begin_unit() const { return begin_of(settling); }
  std::int32_t middle_of_unit() const { return begin_of(settling + unit / 2); }
  std::int32_t begin_left_out() const { return begin_of(settling + unit); }
  std::int32_t end_left_out() const { return begin_of(settling + unit + unit * units_left_out()); }
  bool leaves_out(std::int32_t instance) const {
    return instance >= begin_left_out() && instance < end_left_out();
  }
  /// The instance of the unit in the place of one that is left out.
  std::int32_t stand_in(std::int32_t instance) const {
    return begin_unit() + (instance - begin_left_out()) % (unit * period);
  }
};

/// In order, disjoint; those that together spare most, each with at least one unit to leave out. Units move
/// `unit_bytes` to and from memories at least, half of it where tiles keep in step: blocks differ by where
/// their data lie, and many small ones cost little.
/// Instances of one number in `likeness` (StepInParts) are taken for equal, all others by their tasks.
std::vector<Repetition> repetitions_of(const LoweredStep& step, std::uint64_t unit_bytes,
                                       const std::vector<std::int32_t>& likeness = {});

/// The step without them. Instances keep their numbers; who waits for one that is left out waits for one as
/// much earlier. Each instance is a layer of its own, by its number: a layer that goes forward for several
/// micro-batches, or again for a checkpoint, does not do the same each time.
LoweredStep shortened(const LoweredStep& step, const std::vector<Repetition>& repetitions);

}  // namespace kiln::lowering
