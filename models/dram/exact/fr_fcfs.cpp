// SPDX-License-Identifier: MIT
#include "dram/exact/fr_fcfs.h"

#include <algorithm>

#include "dram/exact/command_issuer.h"

namespace kiln::dram {

FrFcfs::FrFcfs(const ChannelState& state, bool remembers)
    : state_(state),
      candidates_(state),
      remembers_(remembers),
      times_out_(state.config.controller.page == PagePolicy::timeout),
      owners_{OfferList(state.device.subs(), state.device.banks()),
              OfferList(state.device.subs(), state.device.banks())} {}

Cycle FrFcfs::next() {
  turn_direction();
  choose_column();
  choose_row();
  // On one bus the better command goes first even where the other could be issued before it.
  return state_.buses.separate() ? std::min(column_.at, row_.at) : (column_ < row_ ? column_ : row_).at;
}

Cycle FrFcfs::serve(Cycle at, CommandIssuer& issuer) {
  if (state_.buses.separate()) {
    if (column_.at == at) {
      issuer.issue(column_);
      turn_direction();
      choose_row();
    }
    if (row_.at == at) issuer.issue(row_);
  } else if (const Pick& best = column_ < row_ ? column_ : row_; best.at == at) {
    issuer.issue(best);
  }
  return state_.buses.now();
}

void FrFcfs::find_row() {
  const bool refreshes = !state_.refresh.pending().empty();
  row_ = refreshes ? candidates_.refresh() : Pick{};
  if (!blocked()) add_rows(row_);
  if (state_.activated.second_step_due()) row_ = std::min(row_, candidates_.second_step());
  if (times_out_ && !blocked()) {
    Pick timed_out;
    candidates_.timed_out_rows(timed_out);
    row_ = std::min(row_, timed_out);
  }
  // What a pending refresh waits for moves with every access.
  row_known_ = remembers_ && !times_out_ && !refreshes;
}

const OfferList::Best& FrFcfs::search_accesses(OfferList& offers, int sub, bool write, Rank rank) const {
  const Device& device = state_.device;
  const bool holds = rank != Rank::owner && !state_.refresh.pending().empty();
  return offers.search(
      sub, std::max(state_.buses.column_floor(), device.access_level(sub, write)),
      [&](std::uint32_t group) { return device.access_level(group, sub, write); },
      [&](std::int32_t bank) { return holds && state_.refresh_holds(bank); });
}

void FrFcfs::add_owners(Pick& best) {
  for (const bool write : {false, true}) {
    if (owners_[write].empty()) continue;
    for (int sub = 0; sub < state_.device.subs(); ++sub)
      consider_accesses(best, owners_[write], sub, write, Rank::owner);
  }
}

void FrFcfs::set_offer(OfferList& offers, int bank, std::int32_t slot, Cycle ready) const {
  const RequestQueues::Slot& request = state_.queues.slot(slot);
  offers.set(state_.device.sub_of(bank), bank, std::max(ready, request.from), request.age, slot,
             state_.device.group_of(bank));
}

void FrFcfs::hold(bool held) {
  held_ = held;
  refreshes_changed();
}

void FrFcfs::activated(const Activation& activation) {
  forget_row();
  if (!activation.owns_row) return;
  forget_column();
  const bool write = state_.queues.slot(activation.slot).access.write;
  const BankState& bank = state_.device.bank(activation.bank);
  set_offer(owners_[write], activation.bank, activation.slot, write ? bank.write_ok : bank.read_ok);
}

void FrFcfs::precharged(int /*bank*/) {
  forget_row();
}

void FrFcfs::banks_changed(int /*first*/, int /*end*/) {
  refreshes_changed();
}

void FrFcfs::refreshes_changed() {
  forget_column();
  forget_row();
  for (OfferList& list : owners_) list.forget();
}

}  // namespace kiln::dram
