// SPDX-License-Identifier: MIT
// What each bank could do next for the queued requests of each direction: access, activate, precharge. Kept
// up to date instead of gathered anew for each choice.
#pragma once

#include <array>

#include "dram/offer_list.h"

namespace kiln::dram {

struct BankOffers {
  using ByDirection = std::array<OfferList, 2>;

  BankOffers(int subs, int banks)
      : accesses{OfferList(subs, banks), OfferList(subs, banks)}, activates(accesses), precharges(accesses) {}

  bool has(int bank, bool write) const {
    return accesses[write].has(bank) || activates[write].has(bank) || precharges[write].has(bank);
  }
  /// Constraints of a sub-channel's offers changed.
  static void forget(ByDirection& offers, int sub) {
    for (OfferList& list : offers) list.forget(sub);
  }
  void forget() {
    for (ByDirection* offers : {&accesses, &activates, &precharges})
      for (OfferList& list : *offers) list.forget();
  }

  ByDirection accesses, activates, precharges;
};

}  // namespace kiln::dram
