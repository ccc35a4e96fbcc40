// SPDX-License-Identifier: MIT
#include "strict_order.h"

namespace kiln::dram {

bool StrictOrder::may_go(std::int32_t oldest) const {
  return oldest != kNone && !state_.refresh_holds(state_.queues.slot(oldest).access.bank);
}

bool StrictOrder::hits(std::int32_t oldest) const {
  const Access& access = state_.queues.slot(oldest).access;
  return state_.device.bank(access.bank).row == access.row;
}

void StrictOrder::add_columns(Pick& best) {
  const std::int32_t oldest = state_.queues.oldest();
  if (may_go(oldest) && hits(oldest))
    candidates_.access(best, state_.queues.slot(oldest).access.bank, oldest, Rank::queue);
}

void StrictOrder::add_rows(Pick& best) {
  const std::int32_t oldest = state_.queues.oldest();
  if (!may_go(oldest) || hits(oldest)) return;
  const int bank = state_.queues.slot(oldest).access.bank;
  const bool closed = state_.device.bank(bank).row == kClosed;
  candidates_.row(best, bank, {.head = oldest, .hit = kNone, .miss = closed ? kNone : oldest});
}

}  // namespace kiln::dram
