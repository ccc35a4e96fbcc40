// SPDX-License-Identifier: MIT
#include "dram/exact/command_issuer.h"

#include <algorithm>

namespace kiln::dram {

namespace {

Cycle path_cycles(const DramConfig& config) {
  Cycle cycles = config.controller.response_cycles;
  if (config.ecc.kind != EccKind::none) cycles += config.ecc.decode_cycles;
  if (config.encryption.enabled) cycles += config.encryption.latency_cycles;
  return cycles;
}

}  // namespace

CommandIssuer::CommandIssuer(ChannelState& state, Scheduler& scheduler)
    : state_(state),
      scheduler_(scheduler),
      check_accesses_(state.config.ecc, state.device.subs()),
      bus_(static_cast<std::size_t>(state.config.organisation.pseudo_channels), Drive::nobody),
      release_at_activate_(state.config.controller.slot_release == SlotRelease::activate),
      path_cycles_(path_cycles(state.config)) {}

void CommandIssuer::issue_row(const Pick& pick) {
  switch (pick.command) {
    case Command::activate:
    case Command::activate2:
      return issue_activate(pick);
    case Command::precharge:
      return issue_precharge(pick);
    default:
      return issue_refresh(pick);
  }
}

void CommandIssuer::issue_activate(const Pick& pick) {
  const Access& access = state_.queues.slot(pick.slot).access;
  const int bank = pick.bank, sub = state_.device.sub_of(bank);
  const TimingTable& timing = state_.timing();
  const bool first_step = pick.command == Command::activate;
  const bool opens = !first_step || timing.activate_deadline == 0;
  state_.buses.take_row(pick.at, first_step ? timing.activate_length : 1);
  if (first_step) {
    ++state_.record.counts.activates;
    if (release_at_activate_) {
      state_.queues.remove(pick.slot, kClosed);
      state_.activated.leave_queue(sub);
    }
    if (opens) {
      state_.device.activate(bank, access.row, pick.at);
    } else {
      state_.device.activate1(bank, access.row, pick.at);
      state_.activated.begin_second_step({bank, pick.slot, pick.at, pick.at + timing.activate_deadline});
    }
  } else {
    state_.device.activate2(bank);
    state_.activated.end_second_step();
  }
  const bool owns = opens && release_at_activate_;
  if (owns) state_.activated.own(bank, pick.slot);
  state_.queues.row_changed(bank, state_.device.bank(bank).row);
  scheduler_.activated({bank, pick.slot, first_step && release_at_activate_, owns});
  state_.record.emit(pick.at, pick.command, sub, bank, access.row);
}

void CommandIssuer::issue_precharge(const Pick& pick) {
  state_.device.precharge(pick.bank, pick.at);
  state_.queues.row_changed(pick.bank, kClosed);
  ++state_.record.counts.precharges;
  state_.buses.take_row(pick.at, state_.timing().precharge_length);
  scheduler_.precharged(pick.bank);
  state_.record.emit(pick.at, pick.command, state_.device.sub_of(pick.bank), pick.bank);
}

inline void CommandIssuer::drive_bus(int sub, bool write) {
  Drive& last = bus_[static_cast<std::size_t>(sub) % bus_.size()];
  const Drive next = write ? Drive::controller : Drive::memory;
  if (last != next && last != Drive::nobody) ++state_.record.bus_turns;
  last = next;
}

inline void CommandIssuer::issue_column(const Access& access, int sub, Cycle at, bool close,
                                        std::int32_t column) {
  const TimingTable& timing = state_.timing();
  state_.buses.go_to(at);
  state_.buses.take_column(at, timing.access_length);
  drive_bus(sub, access.write);
  if (state_.config.timing.wck_sync)
    wck_until_ = std::max(wck_until_, at + (access.write ? timing.wck_after_write : timing.wck_after_read));
  access.write ? state_.device.write(access.bank, at, close) : state_.device.read(access.bank, at, close);
  const Command plain = access.write ? Command::write : Command::read;
  const Command closing = access.write ? Command::write_precharge : Command::read_precharge;
  state_.record.emit(at, close ? closing : plain, sub, access.bank, access.row, column);
}

/// Counts an access that was issued at `at`, and completes its request.
inline void CommandIssuer::answer(const RequestQueues::Slot& slot, Cycle at) {
  const Access& access = slot.access;
  CommandCounts& counts = state_.record.counts;
  const TimingTable& timing = state_.timing();
  Cycle done = at;
  if (access.write) {
    ++(access.of_patrol() ? counts.scrub_writes : counts.writes);
    writes_end_ = std::max(writes_end_, at + timing.write_data_end);
    const WriteCompletion completion = state_.config.controller.write_completion;
    if (completion == WriteCompletion::accepted) return;
    if (completion == WriteCompletion::written) done += timing.write_data_end + path_cycles_;
  } else {
    ++(access.of_patrol() ? counts.scrub_reads : counts.reads);
    done += timing.read_data_end + path_cycles_;
  }
  state_.ledger.complete(access, slot.arrival, done);
}

void CommandIssuer::issue_access(const Pick& pick) {
  // The slot stays as it is until the next request is taken.
  const RequestQueues::Slot& slot = state_.queues.slot(pick.slot);
  const Access& access = slot.access;
  const int bank = pick.bank, sub = state_.device.sub_of(bank);
  Cycle at = pick.at;
  if (state_.config.timing.wck_sync && at >= wck_until_)
    state_.record.emit(at++, Command::cas_sync, sub, bank);
  const bool owner = state_.activated.owner(bank) == pick.slot;
  if (owner)
    state_.activated.served(sub, bank);
  else
    state_.queues.remove(pick.slot, access.row);
  state_.queues.give(pick.slot);
  const auto hit_waits = [&] {
    return state_.queues.list(bank, false).hit != kNone || state_.queues.list(bank, true).hit != kNone;
  };
  const bool close = state_.config.controller.page == PagePolicy::closed && !hit_waits();
  const bool check = check_accesses_.owes(sub);
  issue_column(access, sub, at, close && !check, access.column);
  if (check) issue_check_access(access, sub, close);
  if (close) {
    ++state_.record.counts.precharges;
    state_.queues.row_changed(bank, kClosed);
  }
  scheduler_.served({access, owner, close});
  last_access_ = at;
  state_.ledger.served(access, at);
  answer(slot, at);
}

void CommandIssuer::issue_check_access(const Access& access, int sub, bool close) {
  const Cycle at = access.write ? state_.device.write_at(access.bank) : state_.device.read_at(access.bank);
  issue_column(access, sub, at, close, state_.config.organisation.columns - 1);
  ++state_.record.counts.check_accesses;
}

void CommandIssuer::issue_refresh(const Pick& pick) {
  const auto index = static_cast<std::size_t>(pick.due);
  const int sub = state_.refresh.pending()[index].sub;
  const int banks = state_.device.banks_per_sub(), first = sub * banks;
  CommandCounts& counts = state_.record.counts;
  const TimingTable& timing = state_.timing();
  if (pick.command == Command::precharge_all) {
    ++counts.precharges_all;
    state_.device.precharge_all(sub, pick.at);
    for (int bank = first; bank < first + banks; ++bank) state_.queues.row_changed(bank, kClosed);
    state_.buses.take_row(pick.at, timing.precharge_length);
  } else {
    const bool all = pick.command == Command::refresh_all;
    ++(all ? counts.refreshes_all_bank : counts.refreshes_per_bank);
    all ? state_.device.refresh_all(sub, pick.at) : state_.device.refresh_bank(pick.bank, pick.at);
    state_.refresh.done(index);
    state_.buses.take_row(pick.at, timing.refresh_length);
  }
  scheduler_.banks_changed(first, first + banks);
  state_.record.emit(pick.at, pick.command, sub, pick.command == Command::refresh_bank ? pick.bank : -1);
}

Cycle CommandIssuer::close_rows(Cycle at) {
  Device& device = state_.device;
  for (int sub = 0; sub < device.subs(); ++sub) {
    if (device.open_banks(sub) == 0) continue;
    at = std::max(at, device.precharge_all_at(sub));
    device.precharge_all(sub, at);
    ++state_.record.counts.precharges_all;
    state_.record.emit(at, Command::precharge_all, sub, -1);
    at += state_.timing().precharge_length;
  }
  state_.buses.hold_rows(at);
  for (int bank = 0; bank < device.banks(); ++bank) state_.queues.row_changed(bank, kClosed);
  scheduler_.banks_changed(0, device.banks());
  return at;
}

}  // namespace kiln::dram
