// SPDX-License-Identifier: MIT
// Which command an exact channel issues next.
#include "dram/exact_channel.h"

namespace kiln::dram {

void ExactChannel::turn_direction(std::size_t unit, int reads, int writes) {
  const ControllerConfig& c = config_.controller;
  bool turn;
  if (writing_[unit] == 0) {
    const bool pressed = writes > write_high_ && (c.read_batch == 0 || batch_[unit] >= c.read_batch);
    turn = reads == 0 || pressed;
  } else {
    const bool spent = c.write_batch > 0 && batch_[unit] >= c.write_batch;
    turn = reads > 0 && (writes < write_low_ || spent);
  }
  if (!turn) return;
  column_known_ = row_known_ = false;
  writing_[unit] ^= 1;
  batch_[unit] = 0;
}

void ExactChannel::update_direction() {
  if (by_age_ || blocked()) return;
  if (whole_) {
    const int writes = queues_.size(true);
    update_direction(0, pressing(0, queues_.size(false), patrols_queued_, writes), writes);
    return;
  }
  for (std::size_t sub = 0; sub < writing_.size(); ++sub)
    update_direction(sub, pressing(sub, waiting_[sub][0], patrols_in_[sub], waiting_[sub][1]),
                     waiting_[sub][1]);
}

Cycle ExactChannel::key(Cycle at, Command command) const {
  if (!by_end_) return at;
  return at + (command == Command::activate                            ? timing_.activate_length
               : command == Command::read || command == Command::write ? timing_.access_length
                                                                       : timing_.precharge_length);
}

void ExactChannel::offer(Pick& best, Cycle at, Rank rank, Command command, int bank,
                         std::int32_t slot) const {
  const Cycle by = key(at, command);
  if (by > best.key) return;
  const std::uint64_t age = slot == kNone ? 0 : queues_.slot(slot).age;
  if (by == best.key && (rank > best.rank || (rank == best.rank && age >= best.age))) return;
  best = {at, by, age, bank, slot, 0, rank, command};
}

void ExactChannel::offer_access(Pick& best, int bank, std::int32_t slot, Rank rank) const {
  const RequestQueues::Slot& request = queues_.slot(slot);
  const bool write = request.access.write;
  const Cycle at =
      std::max({column_floor(), request.from, write ? device_.write_at(bank) : device_.read_at(bank)});
  offer(best, at, rank, write ? Command::write : Command::read, bank, slot);
}

bool ExactChannel::may_close(int bank, bool hits) const {
  if (owner_[static_cast<std::size_t>(bank)] != kNone) return false;
  const BankState& state = device_.bank(bank);
  if (!hits) return true;
  const int limit = config_.controller.row_hit_limit;
  if (limit > 0 && state.accesses >= static_cast<std::uint32_t>(limit)) return true;
  return config_.controller.arbitration == Arbitration::oldest_ready && state.accesses > 0;
}

bool ExactChannel::refresh_holds(int bank) const {
  return !refresh_.pending().empty() && refresh_.blocks(device_.sub_of(bank), bank);
}

void ExactChannel::offer_row(Pick& best, int bank, const RequestQueues::List& list) const {
  const std::int32_t row = device_.bank(bank).row;
  if (row == kClosed) {
    if (act2_.due()) return;
    const Cycle at = std::max({row_floor(), queues_.slot(list.head).from, device_.activate_at(bank)});
    offer(best, at, kQueue, Command::activate, bank, list.head);
  } else if (row >= 0 && list.miss != kNone && may_close(bank, list.hit != kNone)) {
    const Cycle at = std::max({row_floor(), queues_.slot(list.miss).from, device_.precharge_at(bank)});
    offer(best, at, kQueue, Command::precharge, bank, list.miss);
  }
}

void ExactChannel::put(OfferList& offers, int bank, std::int32_t slot, Cycle ready) {
  const RequestQueues::Slot& request = queues_.slot(slot);
  offers.set(device_.sub_of(bank), bank, std::max(ready, request.from), request.age, slot,
             device_.group_of(bank));
}

void ExactChannel::update_access(int bank, bool write) {
  const std::int32_t hit = queues_.list(bank, write).hit, sub = device_.sub_of(bank);
  const BankState& state = device_.bank(bank);
  column_known_ = false;
  if (hit != kNone)
    put(access_offers_[write], bank, hit, write ? state.write_ok : state.read_ok);
  else
    access_offers_[write].drop(sub, bank);
}

void ExactChannel::update_row(int bank, bool write) {
  const RequestQueues::List& list = queues_.list(bank, write);
  const BankState& state = device_.bank(bank);
  const std::int32_t sub = device_.sub_of(bank);
  row_known_ = false;
  if (state.row == kClosed && list.head != kNone)
    put(activate_offers_[write], bank, list.head, state.act_ok);
  else
    activate_offers_[write].drop(sub, bank);
  if (state.row >= 0 && list.miss != kNone && may_close(bank, list.hit != kNone))
    put(precharge_offers_[write], bank, list.miss, state.pre_ok);
  else
    precharge_offers_[write].drop(sub, bank);
}

void ExactChannel::update_bank(int bank) {
  if (by_age_) return;
  for (const bool write : {false, true})
    if (queues_.list(bank, write).count > 0 || access_offers_[write].has(bank) ||
        activate_offers_[write].has(bank) || precharge_offers_[write].has(bank)) {
      update_access(bank, write);
      update_row(bank, write);
    }
}

void ExactChannel::forget_accesses(int sub) {
  column_known_ = false;
  const auto forget = [this](int which) {
    for (OfferList& list : access_offers_) list.forget(which);
    if (owned())
      for (OfferList& list : owners_) list.forget(which);
  };
  const int pseudo_channels = config_.organisation.pseudo_channels;
  if (pseudo_channels == device_.subs()) return forget(sub);
  for (int rank = sub % pseudo_channels; rank < device_.subs(); rank += pseudo_channels) forget(rank);
}

void ExactChannel::forget_rows(std::array<OfferList, 2>& offers, int sub) {
  row_known_ = false;
  for (OfferList& list : offers) list.forget(sub);
}

void ExactChannel::forget_all() {
  column_known_ = row_known_ = false;
  for (auto* lists : {&access_offers_, &owners_, &activate_offers_, &precharge_offers_})
    for (OfferList& list : *lists) list.forget();
}

const ExactChannel::Best& ExactChannel::search_accesses(OfferList& offers, int sub, bool write,
                                                        bool holds) const {
  return offers.search(
      sub, std::max(column_floor(), device_.access_level(sub, write)),
      [&](std::uint32_t group) { return device_.access_level(group, sub, write); },
      [&](std::int32_t bank) { return holds && refresh_holds(bank); });
}

const ExactChannel::Best& ExactChannel::search_activates(OfferList& offers, int sub) const {
  return offers.search(
      sub, std::max(row_floor(), device_.activate_level(sub)),
      [&](std::uint32_t group) { return device_.activate_level(group, sub); },
      [&](std::int32_t bank) { return refresh_holds(bank); });
}

const ExactChannel::Best& ExactChannel::search_precharges(OfferList& offers, int sub) const {
  return offers.search(
      sub, std::max(row_floor(), device_.precharge_level(sub)), [](std::uint32_t) { return kLongAgo; },
      [&](std::int32_t bank) { return refresh_holds(bank); });
}

void ExactChannel::see(Pick& best, const Best& offer, Command command, Rank rank) const {
  const Cycle by = key(offer.at, command);
  if (offer.bank == OfferList::kEnd || by > best.key) return;
  if (by == best.key && (rank > best.rank || (rank == best.rank && offer.age > best.age))) return;
  best = {offer.at, by, offer.age, offer.bank, offer.slot, 0, rank, command};
}

void ExactChannel::owner_column(Pick& best) {
  const Cycle floor = column_floor();
  for (const bool write : {false, true}) {
    OfferList& owners = owners_[write];
    if (owners.empty()) continue;
    for (int sub = 0; sub < device_.subs(); ++sub)
      see(best, owners.knows(sub, floor) ? owners.best(sub) : search_accesses(owners, sub, write, false),
          write ? Command::write : Command::read, kOwner);
  }
}

void ExactChannel::watermark_column(Pick& best) {
  best = {};
  if (owned()) owner_column(best);
  if (blocked()) return;
  const bool holds = !refresh_.pending().empty();
  const Cycle floor = column_floor();
  for (int sub = 0; sub < device_.subs(); ++sub) {
    const bool write = writing_[unit_of(sub)] != 0;
    OfferList& hits = access_offers_[write];
    if (!hits.empty(sub))
      see(best, hits.knows(sub, floor) ? hits.best(sub) : search_accesses(hits, sub, write, holds),
          write ? Command::write : Command::read, kQueue);
  }
}

void ExactChannel::watermark_row(Pick& best) {
  best = refresh_pick();
  if (blocked()) return;
  const Cycle floor = row_floor();
  for (int sub = 0; sub < device_.subs(); ++sub) {
    const bool write = writing_[unit_of(sub)] != 0;
    OfferList &closes = precharge_offers_[write], &opens = activate_offers_[write];
    if (!closes.empty(sub))
      see(best, closes.knows(sub, floor) ? closes.best(sub) : search_precharges(closes, sub),
          Command::precharge, kQueue);
    if (!opens.empty(sub) && !act2_.due())
      see(best, opens.knows(sub, floor) ? opens.best(sub) : search_activates(opens, sub), Command::activate,
          kQueue);
  }
}

std::int32_t ExactChannel::older(std::int32_t a, std::int32_t b) const {
  if (a == kNone || b == kNone) return a == kNone ? b : a;
  return queues_.slot(a).age < queues_.slot(b).age ? a : b;
}

std::int32_t ExactChannel::by_age_hit(int bank) const {
  const std::int32_t read = queues_.list(bank, false).hit, write = queues_.list(bank, true).hit;
  if (config_.controller.direction == DirectionPolicy::grouped) {
    const std::int32_t same = last_write_ ? write : read;
    if (same != kNone) return same;
  }
  return older(read, write);
}

void ExactChannel::by_age_column(Pick& best) {
  best = {};
  owner_column(best);
  if (blocked()) return;
  for (const bool write : {false, true})
    for (const std::int32_t bank : queues_.busy(write)) {
      if (write && queues_.list(bank, false).count > 0) continue;  // seen with the reads
      if (refresh_holds(bank)) continue;
      if (const std::int32_t hit = by_age_hit(bank); hit != kNone) offer_access(best, bank, hit, kQueue);
    }
}

void ExactChannel::by_age_row(Pick& best) const {
  best = refresh_pick();
  if (blocked()) return;
  for (const bool write : {false, true})
    for (const std::int32_t bank : queues_.busy(write)) {
      const RequestQueues::List &reads = queues_.list(bank, false), &writes = queues_.list(bank, true);
      if ((write && reads.count > 0) || refresh_holds(bank)) continue;
      const std::int32_t head = older(reads.head, writes.head);
      const RequestQueues::List both{
          .head = head, .hit = older(reads.hit, writes.hit), .miss = older(reads.miss, writes.miss)};
      offer_row(best, bank, both);
    }
}

ExactChannel::Pick ExactChannel::refresh_pick() const {
  Pick best;
  if (refresh_.pending().empty()) return best;
  const auto held = [this](int sub, int bank) {
    if (bank < 0) return owners_in_[static_cast<std::size_t>(sub)] > 0;
    return owner_[static_cast<std::size_t>(bank)] != kNone || act2_.bank == bank;
  };
  const RefreshCommand next = refresh_.next(device_, row_floor(), held);
  if (next.at == kNeverCycle) return best;
  return {next.at,  next.at + (by_end_ ? timing_.refresh_length : 0),
          0,        next.bank,
          kNone,    static_cast<std::int32_t>(next.due),
          kRefresh, next.command};
}

ExactChannel::Pick ExactChannel::activate2_pick() const {
  Pick pick;
  if (!act2_.due()) return pick;
  const Cycle at = std::max(row_floor(), act2_.issued + 1);
  offer(pick, at, at >= act2_.deadline ? kUrgent : kFiller, Command::activate2, act2_.bank, act2_.slot);
  return pick;
}

ExactChannel::Pick ExactChannel::timeout_pick() const {
  Pick best;
  if (config_.controller.page != PagePolicy::timeout || blocked()) return best;
  for (int bank = 0; bank < device_.banks(); ++bank) {
    const BankState& state = device_.bank(bank);
    if (state.row < 0 || owner_[static_cast<std::size_t>(bank)] != kNone) continue;
    const Cycle at =
        std::max({row_floor(), state.last_use + config_.controller.page_timeout, device_.precharge_at(bank)});
    offer(best, at, kFiller, Command::precharge, bank, kNone);
  }
  return best;
}

void ExactChannel::find_column() {
  by_age_ ? by_age_column(column_) : watermark_column(column_);
  column_known_ = !by_age_;
}

void ExactChannel::find_row() {
  by_age_ ? by_age_row(row_) : watermark_row(row_);
  if (act2_.due()) row_ = std::min(row_, activate2_pick());
  const bool times_out = config_.controller.page == PagePolicy::timeout;
  if (times_out) row_ = std::min(row_, timeout_pick());
  // What a pending refresh waits for moves with every access.
  row_known_ = !by_age_ && !times_out && refresh_.pending().empty();
}

}  // namespace kiln::dram
