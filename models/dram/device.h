// SPDX-License-Identifier: MIT
// State of the banks of one channel: which rows are open and the first cycle each command is allowed.
// Every JEDEC constraint is a stored "not before" time at bank, bank-group or sub-channel level, raised when
// a command is issued; the earliest cycle of a command is the maximum over its levels.
//
// A sub-channel is a pseudo-channel of a rank: index = pseudo_channel + pseudo_channels * rank. Banks are
// numbered through the channel: sub * banks_per_sub + group * banks_per_group + bank.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "dram/dram_config.h"
#include "dram/timing_table.h"

namespace kiln::dram {

enum class Command : std::uint8_t {
  activate,
  activate2,  ///< LPDDR5 ACT-2
  precharge,
  precharge_all,
  read,
  write,
  read_precharge,
  write_precharge,
  refresh_all,
  refresh_bank,
  cas_sync,  ///< LPDDR5 CAS with WCK synchronisation
  power_down_enter,
  power_down_exit,
  self_refresh_enter,
  self_refresh_exit
};

std::string_view name(Command command);

inline constexpr Cycle kNeverCycle = Cycle{1} << 60;
inline constexpr Cycle kLongAgo = -(Cycle{1} << 40);
inline constexpr std::int32_t kClosed = -1;
inline constexpr std::int32_t kActivating = -2;  ///< between ACT-1 and ACT-2

struct BankState {
  std::int32_t row = kClosed;
  std::int32_t pending_row = kClosed;  ///< of an ACT-1 whose ACT-2 is due
  std::uint32_t accesses = 0;          ///< since the row was opened
  Cycle act_ok = 0;
  Cycle read_ok = 0;
  Cycle write_ok = 0;
  Cycle pre_ok = 0;
  Cycle refresh_ok = 0;
  Cycle last_use = 0;
};

class Device {
 public:
  Device(const DramConfig& config, const TimingTable& timing);

  int subs() const { return subs_; }
  int banks_per_sub() const { return banks_per_sub_; }
  int banks() const { return static_cast<int>(banks_.size()); }
  const BankState& bank(int index) const { return banks_[static_cast<std::size_t>(index)]; }
  const TimingTable& timing() const { return timing_; }
  void set_timing(const TimingTable& timing) { timing_ = timing; }
  int sub_of(int bank) const { return sub_of_[static_cast<std::size_t>(bank)]; }
  int open_banks(int sub) const { return level(sub).open_banks; }

  // Earliest cycles, by command.
  Cycle activate_at(int bank) const {
    const auto b = static_cast<std::size_t>(bank);
    return std::max(banks_[b].act_ok, activate_level(group_of(bank), sub_of_[b]));
  }
  Cycle read_at(int bank) const {
    const auto b = static_cast<std::size_t>(bank);
    return std::max(banks_[b].read_ok, access_level(group_of(bank), sub_of_[b], false));
  }
  Cycle write_at(int bank) const {
    const auto b = static_cast<std::size_t>(bank);
    return std::max(banks_[b].write_ok, access_level(group_of(bank), sub_of_[b], true));
  }
  Cycle precharge_at(int bank) const {
    const auto b = static_cast<std::size_t>(bank);
    return std::max(banks_[b].pre_ok, precharge_level(sub_of_[b]));
  }
  // The same without the bank's own constraints, and without those of its group.
  std::uint32_t group_of(int bank) const { return group_of_[static_cast<std::size_t>(bank)]; }
  Cycle activate_level(std::uint32_t group, int sub) const {
    return std::max(groups_[group].act, activate_level(sub));
  }
  Cycle activate_level(int sub) const { return level(sub).act_least; }
  Cycle access_level(std::uint32_t group, int sub, bool write) const {
    return std::max(write ? groups_[group].write : groups_[group].read, access_level(sub, write));
  }
  Cycle access_level(int sub, bool write) const {
    return write ? level(sub).write_next : level(sub).read_next;
  }
  Cycle precharge_level(int sub) const { return level(sub).pre_next; }
  Cycle precharge_all_at(int sub) const { return std::max(level(sub).pre_all_ok, level(sub).pre_next); }
  Cycle refresh_all_at(int sub) const { return level(sub).refresh_ok; }
  Cycle refresh_bank_at(int bank) const;

  void activate(int bank, std::int32_t row, Cycle at);
  void activate1(int bank, std::int32_t row, Cycle at);  ///< LPDDR5 first step; timings count from here
  void activate2(int bank);
  void read(int bank, Cycle at, bool auto_precharge = false);
  void write(int bank, Cycle at, bool auto_precharge = false);
  void precharge(int bank, Cycle at);
  void precharge_all(int sub, Cycle at);
  void refresh_all(int sub, Cycle at);
  void refresh_bank(int bank, Cycle at);
  /// No command of the sub-channel before `at` (power-down or self-refresh exit).
  void hold(int sub, Cycle at);

  /// Cycles with some bank open, up to `now`.
  Cycle active_cycles(int sub, Cycle now) const;
  /// They count anew; all banks must be closed.
  void forget_active_cycles();

 private:
  struct Group {
    Cycle act = 0, read = 0, write = 0;
  };
  struct Level {
    Cycle act_next = 0, read_next = 0, write_next = 0, pre_next = 0;
    Cycle act_least = 0;  ///< act_next and the four-activate window
    Cycle pre_all_ok = 0, refresh_ok = 0, refresh_bank_next = 0;
    std::array<Cycle, 4> activates{};
    std::size_t oldest = 0;
    int open_banks = 0;
    Cycle open_since = 0, active = 0;
  };

  const Level& level(int sub) const { return levels_[static_cast<std::size_t>(sub)]; }
  void raise_acts(Level& level) const;
  void hold_other_ranks(std::size_t sub, Cycle read_at, Cycle write_at);
  void open(std::size_t bank, Cycle at);
  void close(std::size_t bank, Cycle at);
  void note_activate(std::size_t bank, Cycle at);
  void auto_precharge(std::size_t bank, Cycle precharge_at);

  TimingTable timing_;
  int subs_, pseudo_channels_, groups_per_sub_, banks_per_sub_;
  std::vector<BankState> banks_;
  std::vector<Group> groups_;
  std::vector<Level> levels_;
  std::vector<std::uint32_t> group_of_;
  std::vector<int> sub_of_;
};

}  // namespace kiln::dram
