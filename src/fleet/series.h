// SPDX-License-Identifier: MIT
// Control periods over a time of any length, in so many rows that they can be drawn.
#pragma once

#include <span>
#include <vector>

#include "device/period.h"

namespace kiln::fleet {

/// Neighbours merge when there are too many, so that rows stay about as long as one another.
class Series {
 public:
  void add(const device::PeriodRecord& period);
  std::span<const device::PeriodRecord> periods() const { return rows_; }

 private:
  static constexpr std::size_t kMostRows = 2000;
  std::vector<device::PeriodRecord> rows_;
  double least_s_ = 0;  ///< that a row lasts
};

}  // namespace kiln::fleet
