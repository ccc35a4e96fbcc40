// SPDX-License-Identifier: MIT
// An offline check of a command log against the configured timings.
//
// Written apart from the scheduler and its TimingTable: the rules are pairs (earlier command, later command,
// scope, gap) computed here from the configuration, and the log is checked command by command with the time
// each kind of command was last seen in each scope. What a rule cannot say (bank states, the four-activate
// window, buses, refresh debt, low-power states) has a check of its own.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "dram/dram_config.h"
#include "dram/exact_channel.h"

namespace kiln::dram {

struct Violation {
  std::string rule;  ///< the timing's name, or "state", "bus", "refresh"
  Cycle at = 0;
  std::string text;
};

class CommandChecker : public CommandSink {
 public:
  explicit CommandChecker(const DramConfig& config);
  void on_command(Cycle at, Command command, int sub, int bank, int row, int column) override;
  /// Checks the refresh debt up to `end`.
  void finish(Cycle end);
  const std::vector<Violation>& violations() const { return violations_; }
  std::uint64_t commands() const { return commands_; }

 private:
  /// Kinds of command as the rules see them.
  enum Kind : std::size_t {
    kAct,
    kPre,
    kPreAll,
    kAutoPre,
    kRead,
    kWrite,
    kRefresh,
    kRefreshBank,
    kExit,
    kSelfExit,
    kKinds
  };
  enum class Scope { bank, group, sub, other_rank };
  struct Rule {
    const char* name;
    Kind earlier, later;
    Scope scope;
    Cycle gap;
    bool other_bank_only = false;
  };
  struct Bank {
    bool open = false, activating = false;
    int row = -1;
    Cycle activated = 0;
  };
  struct Sub {
    std::deque<Cycle> activates;
    std::uint64_t refreshes = 0;
    Cycle asleep_since = -1;
    bool self_refresh = false;
    Cycle slept = 0;
    int open = 0;
  };

  void add_rules();
  void fail(const std::string& rule, Cycle at, const std::string& text);
  void check_rules(Cycle at, Kind kind, int sub, int bank);
  void check_rule(const Rule& rule, Cycle at, int sub, int bank);
  void note(Cycle at, Kind kind, int sub, int bank);
  void activate(Cycle at, Command command, int sub, int bank, int row);
  void access(Cycle at, Command command, int sub, int bank, int row);
  void precharge(Cycle at, Command command, int sub, int bank);
  void refresh(Cycle at, Command command, int sub, int bank);
  void low_power(Cycle at, Command command, int sub);
  void check_bus(Cycle at, Command command);
  void check_data_bus(Cycle at, bool write, int sub);
  Cycle& last(Kind kind, Scope scope, int index);
  int group_of(int bank) const;

  DramConfig config_;
  TimingCycles timing_;
  int subs_, banks_per_sub_, groups_per_sub_, pseudo_channels_;
  std::vector<Rule> rules_;
  std::array<std::array<std::vector<Cycle>, 3>, kKinds> last_;  ///< by kind, scope (bank, group, sub), index
  std::vector<Bank> banks_;
  std::vector<Sub> sub_state_;
  Cycle row_bus_ = 0, column_bus_ = 0;
  std::vector<Cycle> data_bus_;
  Cycle wck_until_ = -1, cas_at_ = -2;
  std::vector<Violation> violations_;
  std::uint64_t commands_ = 0;
};

}  // namespace kiln::dram
