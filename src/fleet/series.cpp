// SPDX-License-Identifier: MIT
#include "fleet/series.h"

namespace kiln::fleet {

void Series::add(const device::PeriodRecord& period) {
  if (!rows_.empty() && rows_.back().dt_s < least_s_)
    rows_.back().merge(period);
  else
    rows_.push_back(period);
  if (rows_.size() < kMostRows) return;
  std::vector<device::PeriodRecord> half;
  for (std::size_t r = 0; r + 1 < rows_.size(); r += 2) {
    half.push_back(rows_[r]);
    half.back().merge(rows_[r + 1]);
  }
  if (rows_.size() % 2 == 1) half.push_back(rows_.back());
  rows_ = std::move(half);
  // From now on rows as long as those are by now.
  least_s_ = 0.999 * rows_.back().time_s / static_cast<double>(rows_.size());
}

}  // namespace kiln::fleet
