// SPDX-License-Identifier: MIT
// Which samples of a file are learnt from and which are judged on.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace kiln::learning {

struct SplitRule {
  double test_share = 0.2;
  std::int64_t test_samples = 0;  ///< in place of the share; 0: the share
  std::int64_t samples = 0;       ///< of the rest that are learnt from; 0: all
  /// Of windows of a recording: so many neighbours on each side share rows with one. Absent: samples stand
  /// alone.
  std::optional<std::int64_t> overlap;
};

/// Places of samples, ascending.
struct Split {
  std::vector<std::int64_t> train, test;
};

/// Both sides have each class as often as the file has, to one sample. Samples that stand alone are drawn by
/// seed; of a recording each class's windows are judged in one stretch, whose place is drawn, and windows
/// that share rows with those are left out. Throws DataFileError where a side is left with nothing.
Split split_by_class(std::span<const std::int32_t> classes, const SplitRule& rule, std::uint64_t seed);

}  // namespace kiln::learning
