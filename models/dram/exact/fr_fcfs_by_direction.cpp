// SPDX-License-Identifier: MIT
#include "dram/exact/fr_fcfs_by_direction.h"

#include <algorithm>

namespace kiln::dram {

FrFcfsByDirection::FrFcfsByDirection(const ChannelState& state)
    : FrFcfs(state, true), direction_(state.config), offers_(state.device.subs(), state.device.banks()) {}

void FrFcfsByDirection::turn_direction() {
  if (blocked() || !direction_.update()) return;
  forget_column();
  forget_row();
}

void FrFcfsByDirection::add_columns(Pick& best) {
  for (int sub = 0; sub < state_.device.subs(); ++sub) {
    const bool write = direction_.writing(sub);
    OfferList& hits = offers_.accesses[write];
    if (!hits.empty(sub)) consider_accesses(best, hits, sub, write, Rank::queue);
  }
}

void FrFcfsByDirection::add_rows(Pick& best) {
  const bool opens = !state_.activated.second_step_due();
  const Cycle floor = state_.buses.row_floor();
  for (int sub = 0; sub < state_.device.subs(); ++sub) {
    const bool write = direction_.writing(sub);
    OfferList &precharges = offers_.precharges[write], &activates = offers_.activates[write];
    if (!precharges.empty(sub))
      consider(best, precharges.knows(sub, floor) ? precharges.best(sub) : search_precharges(precharges, sub),
               Command::precharge, Rank::queue);
    if (opens && !activates.empty(sub))
      consider(best, activates.knows(sub, floor) ? activates.best(sub) : search_activates(activates, sub),
               Command::activate, Rank::queue);
  }
}

const OfferList::Best& FrFcfsByDirection::search_precharges(OfferList& offers, int sub) const {
  return offers.search(
      sub, std::max(state_.buses.row_floor(), state_.device.precharge_level(sub)),
      [](std::uint32_t) { return kLongAgo; }, [&](std::int32_t bank) { return state_.refresh_holds(bank); });
}

const OfferList::Best& FrFcfsByDirection::search_activates(OfferList& offers, int sub) const {
  const Device& device = state_.device;
  return offers.search(
      sub, std::max(state_.buses.row_floor(), device.activate_level(sub)),
      [&](std::uint32_t group) { return device.activate_level(group, sub); },
      [&](std::int32_t bank) { return state_.refresh_holds(bank); });
}

void FrFcfsByDirection::update_access(int bank, bool write) {
  const std::int32_t hit = state_.queues.list(bank, write).hit;
  const BankState& state = state_.device.bank(bank);
  OfferList& accesses = offers_.accesses[write];
  forget_column();
  if (hit != kNone)
    set_offer(accesses, bank, hit, write ? state.write_ok : state.read_ok);
  else
    accesses.drop(state_.device.sub_of(bank), bank);
}

void FrFcfsByDirection::update_row(int bank, bool write) {
  const RequestQueues::List& list = state_.queues.list(bank, write);
  const BankState& state = state_.device.bank(bank);
  const int sub = state_.device.sub_of(bank);
  forget_row();
  if (state.row == kClosed && list.head != kNone)
    set_offer(offers_.activates[write], bank, list.head, state.act_ok);
  else
    offers_.activates[write].drop(sub, bank);
  if (state.row >= 0 && list.miss != kNone && candidates_.may_close(bank, list.hit != kNone))
    set_offer(offers_.precharges[write], bank, list.miss, state.pre_ok);
  else
    offers_.precharges[write].drop(sub, bank);
}

void FrFcfsByDirection::update_bank(int bank) {
  for (const bool write : {false, true})
    if (state_.queues.list(bank, write).count > 0 || offers_.has(bank, write)) {
      update_access(bank, write);
      update_row(bank, write);
    }
}

void FrFcfsByDirection::queued(std::int32_t slot) {
  const Access& access = state_.queues.slot(slot).access;
  const int sub = state_.device.sub_of(access.bank);
  direction_.queued(sub, access.write);
  if (access.of_patrol() && !access.write) direction_.patrol_queued(sub);
  const RequestQueues::List& list = state_.queues.list(access.bank, access.write);
  if (list.head == slot || list.hit == slot || list.miss == slot) first_of_bank(access, slot);
}

void FrFcfsByDirection::first_of_bank(const Access& access, std::int32_t slot) {
  const RequestQueues::List& list = state_.queues.list(access.bank, access.write);
  if (list.hit == slot) update_access(access.bank, access.write);
  // A hit matters to rows only where it may forbid a precharge.
  if (list.hit != slot || list.head == slot || list.miss != kNone) update_row(access.bank, access.write);
}

void FrFcfsByDirection::activated(const Activation& activation) {
  const int sub = state_.device.sub_of(activation.bank);
  if (activation.left_queue) direction_.left(sub, state_.queues.slot(activation.slot).access.write);
  update_bank(activation.bank);
  BankOffers::forget(offers_.activates, sub);
  FrFcfs::activated(activation);
}

void FrFcfsByDirection::served(const ServedAccess& served) {
  const Access& access = served.access;
  const int bank = access.bank, sub = state_.device.sub_of(bank);
  if (!served.owner) direction_.left(sub, access.write);
  if (access.of_patrol() && !access.write) direction_.patrol_served(sub);
  direction_.served(sub);
  if (served.row_closed) {
    update_bank(bank);
  } else {
    update_access(bank, access.write);
    for (const bool write : {false, true})
      if (state_.queues.list(bank, write).miss != kNone) update_row(bank, write);
  }
  for_shared_bus(sub, [this](int which) { BankOffers::forget(offers_.accesses, which); });
  FrFcfs::served(served);
}

void FrFcfsByDirection::precharged(int bank) {
  update_bank(bank);
  BankOffers::forget(offers_.precharges, state_.device.sub_of(bank));
  FrFcfs::precharged(bank);
}

void FrFcfsByDirection::banks_changed(int first, int end) {
  for (int bank = first; bank < end; ++bank) update_bank(bank);
  refreshes_changed();
}

void FrFcfsByDirection::refreshes_changed() {
  offers_.forget();
  FrFcfs::refreshes_changed();
}

}  // namespace kiln::dram
