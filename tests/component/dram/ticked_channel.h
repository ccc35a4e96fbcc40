// SPDX-License-Identifier: MIT
// A second controller, one cycle at a time: first-ready first-come-first-served over a shared read and write
// queue.
//
// Slow and plain on purpose. In each cycle it lists every command its policy would issue, asks the
// independent CommandChecker whether any timing, state or bus rule forbids it in this very cycle, and issues
// the first of what is left. It knows neither TimingTable nor Device, so that an error of the event-driven
// engine shows as a difference.
#pragma once

#include <array>
#include <deque>
#include <string>
#include <vector>

#include "dram/command_checker.h"

namespace kiln::dram {

struct LoggedCommand {
  Cycle at = 0;
  Command command = Command::read;
  int sub = 0, bank = -1, row = -1, column = -1;
  bool operator==(const LoggedCommand&) const = default;
};

class CommandLog : public CommandSink {
 public:
  void on_command(Cycle at, Command command, int sub, int bank, int row, int column) override {
    commands.push_back({at, command, sub, bank, row, column});
  }
  std::vector<LoggedCommand> commands;
};

struct TimedAccess {
  Access access;
  Cycle due = 0;  ///< not offered before; in order
};

class TickedChannel {
 public:
  explicit TickedChannel(const DramConfig& config);
  /// Serves `accesses` in order of offering; returns the last completion.
  Cycle run(const std::vector<TimedAccess>& accesses);
  const std::vector<LoggedCommand>& log() const { return log_.commands; }
  double read_latency_sum() const { return latency_; }

 private:
  struct Request {
    Access access;
    std::uint64_t age;
    Cycle due, from;
  };
  struct Bank {
    int row = -1;
    bool activating = false;
    int accesses = 0;
    bool owned = false;  ///< opened for a request that left its queue
    Request owner{};
  };
  struct Refresh {
    int sub, bank;
  };
  struct Candidate {
    int rank;
    std::uint64_t age;
    Command command;
    int sub, bank, row, column;
    Request request;
    std::size_t refresh;
  };
  using Candidates = std::vector<Candidate>;

  void tick(Cycle now);
  void make_refreshes_due(Cycle now);
  void choose_direction();
  void turn(std::size_t unit, int reads, int writes);
  Candidates columns(Cycle now) const;
  Candidates rows(Cycle now) const;
  void add_refreshes(Candidates& all) const;
  void add_row_command(Candidates& all, int bank, Cycle now) const;
  bool issue_first(const Candidates& candidates, Cycle now);
  bool allowed(const Candidate& candidate, Cycle now) const;
  void issue(const Candidate& chosen, Cycle now);
  void issue_access(const Candidate& chosen, Cycle now);
  void emit(Cycle at, Command command, int sub, int bank, int row = -1, int column = -1);
  void complete(const Request& request, Cycle at);
  bool accept(const TimedAccess& offered, Cycle now);
  bool blocked(int bank) const;
  bool channel_blocked() const;
  bool awaits_access(int sub) const;
  const Request* oldest(int bank, bool write, int row, bool same) const;
  void remove(const Request& request);
  int sub_of(int bank) const { return bank / banks_per_sub_; }
  std::size_t unit_of(int sub) const;

  DramConfig config_;
  TimingCycles timing_;
  CommandChecker checker_;
  CommandLog log_;
  int subs_, banks_per_sub_;
  std::array<std::deque<Request>, 2> queue_;  ///< by direction, in order of age
  std::vector<Bank> banks_;
  std::vector<bool> writing_;  ///< by unit of direction
  std::vector<int> batch_;
  std::vector<Cycle> refresh_due_;
  std::vector<std::vector<int>> unrefreshed_;
  Cycle refresh_interval_ = 0;
  std::deque<Refresh> pending_;
  int act2_bank_ = -1;
  Cycle act2_deadline_ = 0, wck_until_ = -1;
  bool wck_starting_ = false;  ///< a CAS was issued; its access follows in the next cycle
  Candidate wck_access_{};
  std::uint64_t next_age_ = 0;
  Cycle last_completion_ = 0;
  double latency_ = 0;
  std::size_t incomplete_ = 0;
};

}  // namespace kiln::dram
