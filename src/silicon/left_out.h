// SPDX-License-Identifier: MIT
// How far a chip is off that nobody has looked at: judged by what all other chips would have had corrected.
#pragma once

#include <string>
#include <vector>

#include "silicon/compare.h"

namespace kiln::silicon {

/// What figures of one kind are off in common.
enum class Quantity {
  energy,  ///< joules, watts, and operations per joule turned over
  time,
  area
};

/// A chip's figures of one kind, as factors over the published ones.
struct LeftOut {
  Quantity quantity;
  std::string chip;
  double own = 1;     ///< geometric mean of its ratios
  double others = 1;  ///< the same of all other chips, each counted once: what their figures would correct

  /// Of this chip, were all constants corrected by the other chips.
  double error() const { return own / others; }
};

/// "energies and powers"
const char* name(Quantity quantity);

/// For each kind, the chips in the order of the file. Bounds and figures over those of another job are left
/// out; so is a kind that only one chip has.
std::vector<LeftOut> left_out(const std::vector<Comparison>& all);

/// A line for each kind: the common factor, and the median and the worst error of a chip left out.
std::string left_out_text(const std::vector<LeftOut>& chips);

}  // namespace kiln::silicon
