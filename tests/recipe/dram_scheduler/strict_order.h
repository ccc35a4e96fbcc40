// SPDX-License-Identifier: MIT
// First come, first served: only the oldest request may have a command. The example that walks the recipe "A
// scheduling policy of the exact DRAM controller" of src/README.md.
#pragma once

#include "dram/exact/fr_fcfs.h"

namespace kiln::dram {

class StrictOrder final : public FrFcfs {
 public:
  explicit StrictOrder(const ChannelState& state) : FrFcfs(state, false) {}

 private:
  void add_columns(Pick& best) override;
  void add_rows(Pick& best) override;
  /// The oldest request may have the commands of its bank.
  bool may_go(std::int32_t oldest) const;
  bool hits(std::int32_t oldest) const;
};

}  // namespace kiln::dram
