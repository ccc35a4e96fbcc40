// SPDX-License-Identifier: MIT
// First ready, first come, first served: of all commands that waiting requests ask for the one that can be
// issued first, then the oldest; on separate buses one of each kind. Subclasses say which requests take part.
#pragma once

#include <array>

#include "dram/exact/candidates.h"
#include "dram/exact/scheduler.h"
#include "dram/offer_list.h"

namespace kiln::dram {

class FrFcfs : public Scheduler {
 public:
  Cycle next() final;
  Cycle serve(Cycle at, CommandIssuer& issuer) final;
  void hold(bool held) final;
  void activated(const Activation& activation) override;
  void served(const ServedAccess& served) override;
  void precharged(int bank) override;
  void banks_changed(int first, int end) override;
  void refreshes_changed() override;

 protected:
  /// `remembers`: queued commands change only where the subclass says so, by forget_column and forget_row.
  FrFcfs(const ChannelState& state, bool remembers);

  /// Before each choice.
  virtual void turn_direction() {}
  /// Adds the commands that queued requests ask for.
  virtual void add_columns(Pick& best) = 0;
  virtual void add_rows(Pick& best) = 0;

  void forget_column() { column_known_ = false; }
  void forget_row() { row_known_ = false; }
  /// Only accesses of activated rows and refreshes go on.
  bool blocked() const { return held_ || state_.refresh.blocks_channel(); }
  /// Replaces what `bank` offers: its request in `slot`, from `ready` on.
  void set_offer(OfferList& offers, int bank, std::int32_t slot, Cycle ready) const;
  /// Puts the first of `offers` in a sub-channel in the place of `best` if it is better.
  void consider_accesses(Pick& best, OfferList& offers, int sub, bool write, Rank rank) const {
    const bool known = offers.knows(sub, state_.buses.column_floor());
    consider(best, known ? offers.best(sub) : search_accesses(offers, sub, write, rank),
             write ? Command::write : Command::read, rank);
  }
  void consider(Pick& best, const OfferList::Best& offer, Command command, Rank rank) const;
  /// Calls `forget` for the sub-channels whose accesses one in `sub` delays: its own, and those of other
  /// ranks on its data bus.
  template <class Forget>
  void for_shared_bus(int sub, Forget&& forget) const {
    const int pseudo_channels = state_.config.organisation.pseudo_channels, subs = state_.device.subs();
    if (pseudo_channels == subs) return forget(sub);
    for (int rank = sub % pseudo_channels; rank < subs; rank += pseudo_channels) forget(rank);
  }

  const ChannelState& state_;
  Candidates candidates_;

 private:
  void choose_column() {
    if (!column_known_ || column_.at < state_.buses.column_floor()) find_column();
  }
  void choose_row() {
    if (!row_known_ || row_.at < state_.buses.row_floor()) find_row();
  }
  void find_column();
  void find_row();
  void add_owners(Pick& best);
  const OfferList::Best& search_accesses(OfferList& offers, int sub, bool write, Rank rank) const;

  bool remembers_, times_out_;
  bool held_ = false;
  Pick column_, row_;  ///< best of their kinds
  bool column_known_ = false, row_known_ = false;
  std::array<OfferList, 2> owners_;  ///< accesses of activated requests, by direction
};

inline void FrFcfs::consider(Pick& best, const OfferList::Best& offer, Command command, Rank rank) const {
  const Cycle by = candidates_.order(offer.at, command);
  if (offer.bank == OfferList::kEnd || by > best.order) return;
  if (by == best.order && (rank > best.rank || (rank == best.rank && offer.age > best.age))) return;
  best = {offer.at, by, offer.age, offer.bank, offer.slot, 0, rank, command};
}

inline void FrFcfs::served(const ServedAccess& served) {
  const int bank = served.access.bank, sub = state_.device.sub_of(bank);
  forget_column();
  if (served.owner) owners_[served.access.write].drop(sub, bank);
  if (state_.activated.empty()) return;
  for_shared_bus(sub, [this](int which) {
    for (OfferList& list : owners_) list.forget(which);
  });
}

inline void FrFcfs::find_column() {
  column_ = {};
  if (!state_.activated.empty()) add_owners(column_);
  if (!blocked()) add_columns(column_);
  column_known_ = remembers_;
}

}  // namespace kiln::dram
