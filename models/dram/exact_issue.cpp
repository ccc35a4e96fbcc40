// SPDX-License-Identifier: MIT
// What an exact channel does with a command it chose.
#include "dram/exact_channel.h"

namespace kiln::dram {

void ExactChannel::emit(Cycle at, Command command, int sub, int bank, std::int32_t row, std::int32_t column) {
  if (sink_ != nullptr) sink_->on_command(at, command, sub, bank, row, column);
}

void ExactChannel::take_bus(Cycle at, bool column, Cycle length) {
  (column && separate_ ? column_free_ : row_free_) = at + length;
}

void ExactChannel::issue(const Pick& pick) {
  switch (pick.command) {
    case Command::activate:
    case Command::activate2:
      return issue_activate(pick);
    case Command::read:
    case Command::write:
      return issue_access(pick);
    case Command::precharge:
      device_.precharge(pick.bank, pick.at);
      queues_.row_changed(pick.bank, kClosed);
      update_bank(pick.bank);
      forget_rows(precharge_offers_, device_.sub_of(pick.bank));
      ++counts_.precharges;
      take_bus(pick.at, false, timing_.precharge_length);
      return emit(pick.at, pick.command, device_.sub_of(pick.bank), pick.bank);
    default:
      return issue_refresh(pick);
  }
}

void ExactChannel::issue_activate(const Pick& pick) {
  const Access& access = queues_.slot(pick.slot).access;
  const int bank = pick.bank, sub = device_.sub_of(bank);
  const auto b = static_cast<std::size_t>(bank);
  const bool first_step = pick.command == Command::activate;
  const bool opens = !first_step || timing_.activate_deadline == 0;
  take_bus(pick.at, false, first_step ? timing_.activate_length : 1);
  if (first_step) {
    ++counts_.activates;
    if (release_at_activate_) {
      queues_.remove(pick.slot, kClosed);
      --waiting_[static_cast<std::size_t>(sub)][access.write];
      ++owners_in_[static_cast<std::size_t>(sub)];
    }
    if (opens) {
      device_.activate(bank, access.row, pick.at);
    } else {
      device_.activate1(bank, access.row, pick.at);
      act2_ = {bank, pick.slot, pick.at, pick.at + timing_.activate_deadline};
    }
  } else {
    device_.activate2(bank);
    act2_ = {};
  }
  if (opens && release_at_activate_) {
    owner_[b] = pick.slot;
    const BankState& state = device_.bank(bank);
    column_known_ = false;
    put(owners_[access.write], bank, pick.slot, access.write ? state.write_ok : state.read_ok);
  }
  queues_.row_changed(bank, device_.bank(bank).row);
  update_bank(bank);
  forget_rows(activate_offers_, sub);
  emit(pick.at, pick.command, sub, bank, access.row);
}

void ExactChannel::issue_access(const Pick& pick) {
  const RequestQueues::Slot& slot =
      queues_.slot(pick.slot);  // stays as it is until the next request is taken
  const Access& access = slot.access;
  const int bank = pick.bank, sub = device_.sub_of(bank);
  const auto b = static_cast<std::size_t>(bank), s = static_cast<std::size_t>(sub);
  Cycle at = pick.at;
  if (config_.timing.wck_sync && at >= wck_until_) emit(at++, Command::cas_sync, sub, bank);
  wck_until_ = std::max(wck_until_, at + (access.write ? timing_.wck_after_write : timing_.wck_after_read));
  go_to(at);
  take_bus(at, true, timing_.access_length);
  if (owner_[b] == pick.slot) {
    owner_[b] = kNone;
    owners_[access.write].drop(sub, bank);
    --owners_in_[s];
  } else {
    queues_.remove(pick.slot, access.row);
    --waiting_[s][access.write];
  }
  queues_.give(pick.slot);
  const bool more = queues_.list(bank, false).hit != kNone || queues_.list(bank, true).hit != kNone;
  const bool close = config_.controller.page == PagePolicy::closed && !more;
  const bool check = owes_check_access(sub);
  access.write ? device_.write(bank, at, close && !check) : device_.read(bank, at, close && !check);
  const bool closes_here = close && !check;
  const Command plain = access.write ? Command::write : Command::read;
  const Command closing = access.write ? Command::write_precharge : Command::read_precharge;
  emit(at, closes_here ? closing : plain, sub, bank, access.row, access.column);
  if (check) issue_check_access(access, sub, close);
  if (close) {
    ++counts_.precharges;
    queues_.row_changed(bank, kClosed);
    update_bank(bank);
  } else if (!by_age_) {
    update_access(bank, access.write);
    for (const bool write : {false, true})
      if (queues_.list(bank, write).miss != kNone) update_row(bank, write);
  }
  forget_accesses(sub);
  count_access(access);
  ++batch_[unit_of(sub)];
  last_write_ = access.write;
  idle_since_ = at;
  const bool asked_for = access.id != kPatrolId;
  if (asked_for || (incomplete_ == 0 && pending_[true] == 0)) served_at_ = at;
  if (!access.write) return complete(slot, at + timing_.read_data_end + path_cycles_);
  writes_end_ = std::max(writes_end_, at + timing_.write_data_end);
  switch (config_.controller.write_completion) {
    case WriteCompletion::accepted:
      return;
    case WriteCompletion::issued:
      return complete(slot, at);
    case WriteCompletion::written:
      return complete(slot, at + timing_.write_data_end + path_cycles_);
  }
}

void ExactChannel::count_access(const Access& access) {
  if (access.id != kPatrolId) {
    ++(access.write ? counts_.writes : counts_.reads);
    --pending_[access.write];
    return;
  }
  ++(access.write ? counts_.scrub_writes : counts_.scrub_reads);
  if (access.write) return;
  --patrols_queued_;
  --patrols_in_[static_cast<std::size_t>(device_.sub_of(access.bank))];
}

/// Inline ECC: the check bits of data lie in its row, so one more access of that row follows for every so
/// many.
bool ExactChannel::owes_check_access(int sub) {
  if (check_share_ == 0) return false;
  double& owed = checks_owed_[static_cast<std::size_t>(sub)];
  owed += check_share_;
  if (owed < 1) return false;
  owed -= 1;
  return true;
}

void ExactChannel::issue_check_access(const Access& access, int sub, bool close) {
  const Cycle at = access.write ? device_.write_at(access.bank) : device_.read_at(access.bank);
  go_to(at);
  take_bus(at, true, timing_.access_length);
  access.write ? device_.write(access.bank, at, close) : device_.read(access.bank, at, close);
  wck_until_ = std::max(wck_until_, at + (access.write ? timing_.wck_after_write : timing_.wck_after_read));
  ++counts_.check_accesses;
  const Command closing = access.write ? Command::write_precharge : Command::read_precharge;
  const Command plain = access.write ? Command::write : Command::read;
  emit(at, close ? closing : plain, sub, access.bank, access.row, config_.organisation.columns - 1);
}

void ExactChannel::issue_refresh(const Pick& pick) {
  const RefreshDue due = refresh_.pending()[static_cast<std::size_t>(pick.due)];
  const int first = due.sub * device_.banks_per_sub();
  switch (pick.command) {
    case Command::precharge_all:
      ++counts_.precharges_all;
      device_.precharge_all(due.sub, pick.at);
      for (int bank = first; bank < first + device_.banks_per_sub(); ++bank)
        queues_.row_changed(bank, kClosed);
      take_bus(pick.at, false, timing_.precharge_length);
      break;
    case Command::refresh_all:
      ++counts_.refreshes_all_bank;
      device_.refresh_all(due.sub, pick.at);
      refresh_.done(static_cast<std::size_t>(pick.due));
      take_bus(pick.at, false, timing_.refresh_length);
      break;
    default:
      ++counts_.refreshes_per_bank;
      device_.refresh_bank(pick.bank, pick.at);
      refresh_.done(static_cast<std::size_t>(pick.due));
      take_bus(pick.at, false, timing_.refresh_length);
      break;
  }
  refreshed_ = refreshed_ || pick.command != Command::precharge_all;
  for (int bank = first; bank < first + device_.banks_per_sub(); ++bank) update_bank(bank);
  forget_all();
  emit(pick.at, pick.command, due.sub, pick.command == Command::refresh_bank ? pick.bank : -1);
}

}  // namespace kiln::dram
