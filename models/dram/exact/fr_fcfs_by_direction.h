// SPDX-License-Identifier: MIT
// FR-FCFS among the requests of the direction that has the bus (`direction: watermark`, `drain_when_full`).
#pragma once

#include "dram/exact/bank_offers.h"
#include "dram/exact/direction.h"
#include "dram/exact/fr_fcfs.h"

namespace kiln::dram {

class FrFcfsByDirection final : public FrFcfs {
 public:
  explicit FrFcfsByDirection(const ChannelState& state);

  void queued(std::int32_t slot) override;
  void activated(const Activation& activation) override;
  void served(const ServedAccess& served) override;
  void precharged(int bank) override;
  void banks_changed(int first, int end) override;
  void refreshes_changed() override;
  std::string describe() const override { return direction_.describe(); }

 private:
  void turn_direction() override;
  void add_columns(Pick& best) override;
  void add_rows(Pick& best) override;
  const OfferList::Best& search_precharges(OfferList& offers, int sub) const;
  const OfferList::Best& search_activates(OfferList& offers, int sub) const;

  /// A request became the oldest of its bank, of the bank's hits or of its misses.
  void first_of_bank(const Access& access, std::int32_t slot);
  // What a bank offers, renewed.
  void update_bank(int bank);
  void update_access(int bank, bool write);
  void update_row(int bank, bool write);

  Direction direction_;
  BankOffers offers_;
};

}  // namespace kiln::dram
