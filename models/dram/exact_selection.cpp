// SPDX-License-Identifier: MIT
// Which command an exact channel issues next.
#include "dram/exact_channel.h"

namespace kiln::dram {

void ExactChannel::update_direction(std::size_t unit, int reads, int writes) {
  const ControllerConfig& c = config_.controller;
  const double entries =
      c.write_queue /
      (c.direction_scope == DirectionScope::channel ? 1.0 : static_cast<double>(writing_.size()));
  bool turn;
  if (writing_[unit] == 0) {
    const bool pressed =
        writes > c.write_high * entries && (c.read_batch == 0 || batch_[unit] >= c.read_batch);
    turn = reads == 0 || pressed;
  } else {
    const bool spent = c.write_batch > 0 && batch_[unit] >= c.write_batch;
    turn = reads > 0 && (writes < c.write_low * entries || spent);
  }
  if (!turn) return;
  row_pick_valid_ = false;
  writing_[unit] ^= 1;
  batch_[unit] = 0;
}

void ExactChannel::update_direction() {
  if (by_age_ || refresh_.blocks_channel()) return;
  if (config_.controller.direction_scope == DirectionScope::channel) {
    update_direction(0, queues_.size(false), queues_.size(true));
    return;
  }
  for (std::size_t sub = 0; sub < writing_.size(); ++sub)
    update_direction(sub, waiting_[sub][0], waiting_[sub][1]);
}

void ExactChannel::offer(Pick& best, Cycle at, int rank, Command command, int bank, std::int32_t slot) const {
  Cycle key = at;
  if (by_end_)
    key += command == Command::activate                            ? timing_.activate_length
           : command == Command::read || command == Command::write ? timing_.access_length
                                                                   : timing_.precharge_length;
  if (key > best.key) return;
  const std::uint64_t age = slot == kNone ? 0 : queues_.slot(slot).age;
  if (key == best.key && (rank > best.rank || (rank == best.rank && age >= best.age))) return;
  best = {at, key, rank, age, command, bank, slot, 0};
}

void ExactChannel::offer_access(Pick& best, int bank, std::int32_t slot, int rank) const {
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

void ExactChannel::Offers::set(const Offer& offer) {
  std::int32_t& at = place[static_cast<std::size_t>(offer.bank)];
  if (at == kNone) {
    at = static_cast<std::int32_t>(list.size());
    list.push_back(offer);
  } else {
    list[static_cast<std::size_t>(at)] = offer;
  }
}

void ExactChannel::Offers::drop(std::int32_t bank) {
  const std::int32_t at = place[static_cast<std::size_t>(bank)];
  if (at == kNone) return;
  list[static_cast<std::size_t>(at)] = list.back();
  place[static_cast<std::size_t>(list.back().bank)] = at;
  list.pop_back();
  place[static_cast<std::size_t>(bank)] = kNone;
}

void ExactChannel::update_offers(int bank, bool write) {
  const RequestQueues::List& list = queues_.list(bank, write);
  const BankState& state = device_.bank(bank);
  const std::int32_t sub = device_.sub_of(bank);
  const auto offer = [&](Cycle ready, std::int32_t slot, Command command) {
    const RequestQueues::Slot& request = queues_.slot(slot);
    return Offer{std::max(ready, request.from), request.age, slot, bank, sub,
                 device_.group_of(bank),        command};
  };
  if (list.hit != kNone)
    access_offers_[write].set(
        offer(write ? state.write_ok : state.read_ok, list.hit, write ? Command::write : Command::read));
  else
    access_offers_[write].drop(bank);
  if (state.row == kClosed && list.head != kNone)
    row_offers_[write].set(offer(state.act_ok, list.head, Command::activate));
  else if (state.row >= 0 && list.miss != kNone && may_close(bank, list.hit != kNone))
    row_offers_[write].set(offer(state.pre_ok, list.miss, Command::precharge));
  else
    row_offers_[write].drop(bank);
}

void ExactChannel::update_bank(int bank) {
  if (by_age_) return;
  for (const bool write : {false, true})
    if (queues_.list(bank, write).count > 0 ||
        access_offers_[write].place[static_cast<std::size_t>(bank)] != kNone ||
        row_offers_[write].place[static_cast<std::size_t>(bank)] != kNone)
      update_offers(bank, write);
}

ExactChannel::Pick ExactChannel::watermark_column() const {
  Pick best;
  for (const std::int32_t bank : owners_)
    offer_access(best, bank, owner_[static_cast<std::size_t>(bank)], kOwner);
  if (refresh_.blocks_channel()) return best;
  const bool whole = config_.controller.direction_scope == DirectionScope::channel,
             holds = !refresh_.pending().empty();
  const Cycle floor = column_floor();
  const Offer* chosen = nullptr;
  Cycle at = best.at;
  for (const bool write : {false, true}) {
    if (whole && writing_[0] != write) continue;
    for (const Offer& offer : access_offers_[write].list) {
      const Cycle ready = std::max({floor, offer.ready, device_.access_level(offer.group, write)});
      if (ready > at || (ready == at && (chosen == nullptr || offer.age > chosen->age))) continue;
      if (!whole && writing_[static_cast<std::size_t>(offer.sub)] != write) continue;
      if (holds && refresh_holds(offer.bank)) continue;
      at = ready;
      chosen = &offer;
    }
  }
  if (chosen != nullptr) best = {at, at, kQueue, chosen->age, chosen->command, chosen->bank, chosen->slot, 0};
  return best;
}

const ExactChannel::Pick& ExactChannel::watermark_row() {
  // Accesses only delay precharges of their own bank, so the best row command stays the best until one is
  // issued, an offer changes or the bus passes it by; what changes offers drops the pick.
  const Cycle floor = row_floor();
  if (row_pick_valid_ && row_pick_.at >= floor) return row_pick_;
  row_pick_ = refresh_pick();
  row_pick_valid_ = true;
  if (refresh_.blocks_channel()) return row_pick_;
  const bool whole = config_.controller.direction_scope == DirectionScope::channel,
             holds = !refresh_.pending().empty();
  const Offer* chosen = nullptr;
  Cycle at = row_pick_.at;
  for (const bool write : {false, true}) {
    if (whole && writing_[0] != write) continue;
    for (const Offer& offer : row_offers_[write].list) {
      const bool activate = offer.command == Command::activate;
      if (activate && act2_.due()) continue;
      const Cycle level = activate ? device_.activate_level(offer.group) : device_.precharge_level(offer.sub);
      const Cycle ready = std::max({floor, offer.ready, level});
      if (ready > at || (ready == at && (chosen == nullptr || offer.age > chosen->age))) continue;
      if (!whole && writing_[static_cast<std::size_t>(offer.sub)] != write) continue;
      if (holds && refresh_holds(offer.bank)) continue;
      at = ready;
      chosen = &offer;
    }
  }
  if (chosen != nullptr)
    row_pick_ = {at, at, kQueue, chosen->age, chosen->command, chosen->bank, chosen->slot, 0};
  return row_pick_;
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

ExactChannel::Pick ExactChannel::by_age_column() const {
  Pick best;
  for (const std::int32_t bank : owners_)
    offer_access(best, bank, owner_[static_cast<std::size_t>(bank)], kOwner);
  if (refresh_.blocks_channel()) return best;
  for (const bool write : {false, true})
    for (const std::int32_t bank : queues_.busy(write)) {
      if (write && queues_.list(bank, false).count > 0) continue;  // seen with the reads
      if (refresh_holds(bank)) continue;
      if (const std::int32_t hit = by_age_hit(bank); hit != kNone) offer_access(best, bank, hit, kQueue);
    }
  return best;
}

ExactChannel::Pick ExactChannel::by_age_row() const {
  Pick best = refresh_pick();
  if (refresh_.blocks_channel()) return best;
  for (const bool write : {false, true})
    for (const std::int32_t bank : queues_.busy(write)) {
      const RequestQueues::List &reads = queues_.list(bank, false), &writes = queues_.list(bank, true);
      if ((write && reads.count > 0) || refresh_holds(bank)) continue;
      const std::int32_t head = older(reads.head, writes.head);
      const RequestQueues::List both{
          .head = head, .hit = older(reads.hit, writes.hit), .miss = older(reads.miss, writes.miss)};
      offer_row(best, bank, both);
    }
  return best;
}

ExactChannel::Pick ExactChannel::refresh_pick() const {
  Pick best;
  if (refresh_.pending().empty()) return best;
  const auto held = [this](int sub, int bank) {
    if (bank < 0) return owners_in_[static_cast<std::size_t>(sub)] > 0;
    return owner_[static_cast<std::size_t>(bank)] != kNone || act2_.bank == bank;
  };
  const RefreshCommand next = refresh_.next(device_, held);
  if (next.at == kNeverCycle) return best;
  const Cycle at = std::max(row_floor(), next.at);
  best = {at,      at + (by_end_ ? timing_.refresh_length : 0), kRefresh, 0, next.command, next.bank, kNone,
          next.due};
  return best;
}

ExactChannel::Pick ExactChannel::activate2_pick() const {
  Pick pick;
  if (!act2_.due()) return pick;
  const Cycle at = std::max(row_floor(), act2_.issued + 1);
  offer(pick, at, at >= act2_.deadline ? -1 : kFiller, Command::activate2, act2_.bank, act2_.slot);
  return pick;
}

ExactChannel::Pick ExactChannel::timeout_pick() const {
  Pick best;
  if (config_.controller.page != PagePolicy::timeout || refresh_.blocks_channel()) return best;
  for (int bank = 0; bank < device_.banks(); ++bank) {
    const BankState& state = device_.bank(bank);
    if (state.row < 0 || owner_[static_cast<std::size_t>(bank)] != kNone) continue;
    const Cycle at =
        std::max({row_floor(), state.last_use + config_.controller.page_timeout, device_.precharge_at(bank)});
    offer(best, at, kFiller, Command::precharge, bank, kNone);
  }
  return best;
}

ExactChannel::Pick ExactChannel::best_column() const {
  return by_age_ ? by_age_column() : watermark_column();
}

const ExactChannel::Pick& ExactChannel::best_row() {
  if (!by_age_ && !act2_.due() && config_.controller.page != PagePolicy::timeout) return watermark_row();
  mixed_pick_ = by_age_ ? by_age_row() : watermark_row();
  if (act2_.due()) mixed_pick_ = std::min(mixed_pick_, activate2_pick());
  if (config_.controller.page == PagePolicy::timeout) mixed_pick_ = std::min(mixed_pick_, timeout_pick());
  return mixed_pick_;
}

}  // namespace kiln::dram
