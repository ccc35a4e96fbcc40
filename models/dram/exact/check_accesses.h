// SPDX-License-Identifier: MIT
// Inline ECC: the check bits of data lie in its row, so one more access of that row follows for every so
// many.
#pragma once

#include <cstddef>
#include <vector>

#include "dram/dram_config.h"

namespace kiln::dram {

class CheckAccesses {
 public:
  CheckAccesses(const EccConfig& ecc, int subs)
      : share_(inline_share(ecc)), owed_(static_cast<std::size_t>(subs), 0) {}

  /// An access was issued in `sub`; true if a check access follows it.
  bool owes(int sub) {
    if (share_ == 0) return false;
    double& owed = owed_[static_cast<std::size_t>(sub)];
    owed += share_;
    if (owed < 1) return false;
    owed -= 1;
    return true;
  }

 private:
  double share_;              ///< check accesses per access
  std::vector<double> owed_;  ///< by sub-channel
};

}  // namespace kiln::dram
