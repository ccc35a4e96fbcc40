// SPDX-License-Identifier: MIT
// Timing of row visits on one channel: the max-plus recurrence of the bank, bank-group, pseudo-channel
// and bus constraints, evaluated once per visited bank instead of once per command. Times are cycles of
// the clock in force.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "dram/device.h"
#include "dram/dram_config.h"
#include "dram/energy.h"
#include "dram/timing_table.h"
#include "dram/visit.h"

namespace kiln::dram {

/// First cycles of the first and the last access of a visit.
struct ServiceTimes {
  Cycle first = 0;
  Cycle last = 0;
};

/// When a visit may begin: it is in the queue window from
/// `enter`; write data arrives from `data_first` to `data_last`.
struct ServiceLimits {
  Cycle enter = 0;
  Cycle data_first = 0;
  Cycle data_last = 0;
};

/// Accesses to one bank within a visit.
struct BankWork {
  std::uint32_t group;
  std::uint32_t bank;
  std::uint32_t accesses;
  Cycle slot;  ///< when the row-command bus is free for it
};

/// The row-command bus of a channel, shared by its pseudo-channels, as a work-conserving server: commands of
/// other banks fill the time a command waits for its own bank.
struct CommandBus {
  Cycle work_until = 0;
  /// Start of commands of `length` cycles that are known of from `known`.
  Cycle take(Cycle known, Cycle length) {
    const Cycle start = std::max(work_until, known);
    work_until = start + length;
    return start;
  }
};

/// Spacing of the activates of a sub-channel: tRRD and four per tFAW.
struct ActivateWindow {
  std::array<Cycle, 4> recent = {kLongAgo, kLongAgo, kLongAgo, kLongAgo};
  std::size_t oldest = 0;
  Cycle next = 0;
  /// The first activate possible from `at` on.
  Cycle take(Cycle at, const TimingTable& timing) {
    at = std::max({at, next, recent[oldest] + timing.four_activates});
    recent[oldest] = at;
    oldest = (oldest + 1) % recent.size();
    next = at + timing.act_to_act;
    return at;
  }
};

/// One pseudo-channel (or rank of it).
class SubChannelService {
 public:
  SubChannelService(const DramConfig& config, int index, const TimingTable& timing);

  ServiceTimes serve(std::span<const BankWork> work, std::int64_t row, bool write,
                     const ServiceLimits& limits, const TimingTable& timing, CommandCounts& counts);
  /// Serves one access whose row is opened while the bus serves others: it takes one slot of the bus and adds
  /// no idle time.
  void serve_aside(const BankWork& work, std::int64_t row, bool write, Cycle enter, const TimingTable& timing,
                   CommandCounts& counts);
  /// Opens a row for an access that waits, if the activate can come before the bus is free and if no other
  /// access has wanted this bank since forget_wanted().
  void open_ahead(std::uint32_t bank, std::int64_t row, bool write, Cycle enter, const TimingTable& timing,
                  CommandCounts& counts);
  void forget_wanted() { wanted_ = 0; }
  /// Banks that have requests in the queue window, and how many rows were opened for those behind the visit
  /// to serve: what a refresh in it spares and closes.
  void expect(std::uint64_t queued, int opened_ahead) {
    queued_ = queued;
    opened_ahead_ = opened_ahead;
  }
  /// Earliest cycle an access in this direction could start.
  Cycle next_access(bool write, const TimingTable& timing) const;
  Cycle busy_until() const { return bus_; }
  /// Earliest cycle of an access to `row` that entered the queue window at `enter`, by its bank alone.
  Cycle row_ready(std::uint32_t bank, std::int64_t row, bool write, Cycle enter,
                  const TimingTable& timing) const;
  bool hits(std::uint32_t bank, std::int64_t row) const { return banks_[bank].row == row; }

  /// Refreshes that fall due until `now` on an idle channel; closes open-time accounting up to `now`.
  void settle(Cycle now, const TimingTable& timing, CommandCounts& counts);
  /// All banks closed at `ready`, on a clock whose cycle `epoch_shift` later is the old one's cycle 0.
  void restart(Cycle ready, Cycle next_refresh);
  Cycle next_refresh() const { return next_refresh_; }
  void refresh_from(Cycle at) { next_refresh_ = at; }
  Cycle active_cycles() const { return active_cycles_; }
  Cycle power_down_cycles() const { return power_down_cycles_; }
  Cycle self_refresh_cycles() const { return self_refresh_cycles_; }
  void forget_state_times() { active_cycles_ = power_down_cycles_ = self_refresh_cycles_ = 0; }

 private:
  struct Bank {
    std::int64_t row = -1;
    Cycle act_ok = 0;
    Cycle access_ok = 0;  ///< activate plus tRCD
    Cycle pre_ok = 0;
  };

  void refresh_before(Cycle start, const TimingTable& timing, CommandCounts& counts);
  void refresh_all(const TimingTable& timing, CommandCounts& counts);
  std::optional<std::size_t> free_bank_of(std::uint64_t banks, const TimingTable& timing) const;
  std::size_t next_bank_to_refresh(const TimingTable& timing);
  void refresh_bank(const TimingTable& timing, CommandCounts& counts);
  /// Enters and accounts power-down and self-refresh of an idle channel up to `now`.
  void idle_until(Cycle now, const TimingTable& timing, CommandCounts& counts);
  /// Leaves them for a command wanted at `start`; returns when it may be issued.
  Cycle wake(Cycle start, const TimingTable& timing, CommandCounts& counts);
  /// Opens the row of `work`; returns the first cycle of its first access.
  Cycle open(const BankWork& work, std::int64_t row, bool write, Cycle enter, const TimingTable& timing,
             CommandCounts& counts);
  struct Piece {
    BankWork work;
    Cycle ready;  ///< first access by tRCD
  };
  Cycle open_rows(std::int64_t row, bool write, Cycle enter, const TimingTable& timing,
                  CommandCounts& counts);
  ServiceTimes access(std::span<const Piece> pieces, bool write, Cycle begin, const TimingTable& timing,
                      CommandCounts& counts);
  /// Moves the first `now` of `left` accesses, spread over the banks, from pieces_ to early_.
  void cut(Cycle now, Cycle left);
  void close(Bank& bank, Cycle at);
  void close_after(std::span<const BankWork> work, const TimingTable& timing, CommandCounts& counts);
  void close_all(Cycle at);
  Cycle refresh_interval(const TimingTable& timing) const;

  const DramConfig* config_;
  std::vector<Bank> banks_;
  std::vector<Cycle> group_free_;   ///< next access of the group by tCCD_L
  std::vector<Cycle> group_write_;  ///< last write of the group
  std::vector<Piece> pieces_;       ///< scratch: what is left of the visit being served
  std::vector<Piece> early_;        ///< scratch: the part of it before a refresh
  double check_share_;              ///< inline ECC: check accesses per access
  double checks_owed_ = 0;
  ActivateWindow activates_;
  Cycle bus_ = 0;            ///< data bus, in cycles of access starts
  Cycle blocked_until_ = 0;  ///< by a due per-bank refresh that holds the whole channel
  Cycle last_access_ = 0;
  bool last_write_ = false;
  Cycle next_refresh_ = 0;
  Cycle refreshed_at_ = kLongAgo;  ///< last refresh of one bank
  std::uint64_t wanted_ = 0;       ///< banks with an older request, see open_ahead()
  std::uint64_t queued_ = 0;       ///< see expect()
  int opened_ahead_ = 0;
  std::uint64_t unrefreshed_ = 0;  ///< banks still to be refreshed in this round of per-bank refresh
  int open_banks_ = 0;
  Cycle open_since_ = 0;
  enum class LowPower { none, power_down, self_refresh } low_power_ = LowPower::none;
  Cycle low_power_since_ = 0;
  Cycle active_cycles_ = 0, power_down_cycles_ = 0, self_refresh_cycles_ = 0;
};

}  // namespace kiln::dram
