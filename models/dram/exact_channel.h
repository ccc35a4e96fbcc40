// SPDX-License-Identifier: MIT
// One DRAM channel at command granularity: windowed FR-FCFS, event driven.
//
// Each step() goes to the next cycle in which a command can be issued, a refresh falls due or a request moves
// between queues; no cycle is visited for nothing. What `kiln dram` runs, and what audits the bulk tier.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "dram/device.h"
#include "dram/dram_config.h"
#include "dram/energy.h"
#include "dram/offer_list.h"
#include "dram/patrol.h"
#include "dram/refresh_queue.h"
#include "dram/request_queues.h"

namespace kiln::dram {

/// Receives every command in order of issue.
class CommandSink {
 public:
  virtual ~CommandSink() = default;
  /// `bank` is the channel-wide bank, -1 for commands to all banks of `sub`.
  virtual void on_command(Cycle at, Command command, int sub, int bank, int row, int column) = 0;
};

struct Completion {
  std::uint64_t id;
  Cycle at;
};

struct LatencyStats {
  std::uint64_t reads = 0;
  double sum = 0;
  Cycle least = kNeverCycle;
  Cycle most = 0;
};

class ExactChannel {
 public:
  explicit ExactChannel(const DramConfig& config);
  /// With other gaps than the configuration's, to see that the checker notices.
  ExactChannel(const DramConfig& config, const TimingTable& timing)
      : ExactChannel(config, timing, config.clock_hz) {}
  ExactChannel(const DramConfig& config, const TimingTable& timing, double clock_hz);

  bool can_accept(const Access& access) const;
  /// Takes a request at cycle `at` (not before the last step). Latency counts from `due` <= at.
  void accept(const Access& access, Cycle at, Cycle due);
  /// First cycle after now() in which can_accept() may change without a command being issued.
  Cycle accept_again() const;

  /// Does all that happens in the next eventful cycle and returns it; kNeverCycle when that is after `limit`,
  /// and now() becomes `limit`. Throws SimError with the state of the channel when requests wait and none is
  /// served any more.
  Cycle step(Cycle limit);
  Cycle now() const { return now_; }
  /// No request is waiting.
  bool drained() const {
    return queues_.empty() && !owned() && !act2_.due() && front_[0].empty() && front_[1].empty();
  }

  /// No request follows: queued writes do not wait for a drain to be worth its while any more.
  void end_input() { input_ended_ = true; }
  /// Accepted writes whose data is still queued.
  std::uint64_t pending_writes() const { return pending_[true]; }
  /// Accepted accesses of users that no command has served yet.
  std::uint64_t queued(bool write) const { return pending_[write]; }
  /// Reads served by a write that waited, without an access.
  std::uint64_t forwarded_reads() const { return forwarded_reads_; }
  /// At least so many accesses of a direction can be taken without a column command.
  std::uint64_t room(bool write) const;
  const TimingTable& timing() const { return timing_; }
  /// End of the last write's data on the bus.
  Cycle writes_end() const { return writes_end_; }
  /// Every accepted request was reported complete.
  bool complete() const { return incomplete_ == 0; }

  /// With a sink every refresh is visited, however long the channel is idle.
  void log_to(CommandSink* sink) { sink_ = sink; }
  void report_completions(std::vector<Completion>* completions) { completions_ = completions; }
  const LatencyStats& latency() const { return latency_; }
  Cycle last_completion() const { return last_completion_; }
  /// Commands and state times up to `now`.
  CommandCounts counts(Cycle now) const;
  /// Refresh rate from now() on.
  void set_refresh_rate(double rate);
  /// Before a change of the clock: ends what was begun and closes all rows; what waits goes on waiting.
  /// Returns the cycle from which nothing is under way.
  Cycle quiesce();
  /// Goes on in cycle `ready`, the first of a clock of `clock_hz`; cycles count on.
  void resume(Cycle ready, double clock_hz, double refresh_rate);
  /// Share of bits that patrol scrubbing finds wrong from now on.
  void set_bit_error_rate(double rate) { patrol_.set_bit_error_rate(rate); }
  /// One line: queues, directions, the oldest request.
  std::string describe_state() const;

 private:
  /// Requests of patrol scrubbing carry this id and are reported to nobody.
  static constexpr std::uint64_t kPatrolId = ~std::uint64_t{0};
  enum Rank : std::int8_t { kUrgent = -1, kOwner, kRefresh, kQueue, kFiller, kLast };
  /// A command that could be issued next; the best is the least (key, rank, age).
  struct Pick {
    Cycle at = kNeverCycle;
    Cycle key = kNeverCycle;
    std::uint64_t age = 0;
    std::int32_t bank = kNone;
    std::int32_t slot = kNone;
    std::int32_t due = 0;  ///< refreshes: index of what is pending
    std::int8_t rank = kLast;
    Command command = Command::read;
    bool operator<(const Pick& o) const {
      if (key != o.key) return key < o.key;
      return rank != o.rank ? rank < o.rank : age < o.age;
    }
  };
  struct PendingActivate2 {
    int bank = kNone;
    std::int32_t slot = kNone;
    Cycle issued = 0, deadline = 0;
    bool due() const { return bank != kNone; }
  };

  // Watchdog (exact_progress.cpp)
  /// Cycles without a request served: far more than all refreshes that may be owed at once take.
  static constexpr Cycle kLongestWait = 1 << 26;
  void watch_progress(Cycle limit) const {
    if (now_ - served_at_ > kLongestWait) check_progress(limit);
  }
  void check_progress(Cycle limit) const;
  bool may_wait() const;
  [[noreturn]] void fail_starved() const;

  bool limited() const;
  void enqueue(const Access& access, Cycle at, Cycle due);
  void admit_patrol();

  // Selection (exact_selection.cpp)
  /// Only accesses of activated rows and refreshes go on.
  bool blocked() const { return held_ || refresh_.blocks_channel(); }
  void update_direction();
  void update_direction(std::size_t unit, int reads, int writes) {
    if (writing_[unit] != 0 || reads == 0 || writes > write_high_) turn_direction(unit, reads, writes);
  }
  void turn_direction(std::size_t unit, int reads, int writes);
  /// Reads that count for the direction: patrol lets a drain of writes go on.
  int pressing(std::size_t unit, int reads, int patrols, int writes) const {
    return writing_[unit] != 0 && writes > 0 && patrols < Patrol::kGroup ? reads - patrols : reads;
  }
  const Pick& best_column() {
    if (!column_known_ || column_.at < column_floor()) find_column();
    return column_;
  }
  const Pick& best_row() {
    if (!row_known_ || row_.at < row_floor()) find_row();
    return row_;
  }
  void find_column();
  void find_row();
  void watermark_column(Pick& best);
  void watermark_row(Pick& best);
  void owner_column(Pick& best);
  using Best = OfferList::Best;
  const Best& search_accesses(OfferList& offers, int sub, bool write, bool holds) const;
  const Best& search_activates(OfferList& offers, int sub) const;
  const Best& search_precharges(OfferList& offers, int sub) const;
  /// Makes `best` the first of it and an offer; of `best` at
  /// the same cycle with another rank the lesser rank wins.
  void see(Pick& best, const Best& offer, Command command, Rank rank) const;
  bool owned() const { return !owners_[0].empty() || !owners_[1].empty(); }
  Cycle key(Cycle at, Command command) const;
  std::size_t unit_of(int sub) const { return whole_ ? 0 : static_cast<std::size_t>(sub); }
  void update_bank(int bank);
  void update_access(int bank, bool write);
  void update_row(int bank, bool write);
  void put(OfferList& offers, int bank, std::int32_t slot, Cycle ready);
  void forget_accesses(int sub);
  void forget_rows(std::array<OfferList, 2>& offers, int sub);
  void forget_all();
  void by_age_column(Pick& best);
  void by_age_row(Pick& best) const;
  Pick refresh_pick() const;
  Pick activate2_pick() const;
  Pick timeout_pick() const;
  void offer(Pick& best, Cycle at, Rank rank, Command command, int bank, std::int32_t slot) const;
  void offer_access(Pick& best, int bank, std::int32_t slot, Rank rank) const;
  void offer_row(Pick& best, int bank, const RequestQueues::List& list) const;
  std::int32_t older(std::int32_t a, std::int32_t b) const;
  std::int32_t by_age_hit(int bank) const;
  bool may_close(int bank, bool hits) const;
  bool refresh_holds(int bank) const;
  Cycle row_floor() const { return std::max(undecided_, row_free_); }
  Cycle column_floor() const { return std::max(undecided_, separate_ ? column_free_ : row_free_); }

  // Round robin over bank queues (exact_round_robin.cpp)
  Cycle step_round_robin(Cycle limit);
  Pick bank_turn(int bank, Cycle by) const;
  Pick turn_pick(Cycle by, int& turn) const;

  // Issue (exact_issue.cpp)
  void issue(const Pick& pick);
  void issue_activate(const Pick& pick);
  void issue_access(const Pick& pick);
  void count_access(const Access& access);
  bool owes_check_access(int sub);
  void issue_check_access(const Access& access, int sub, bool close);
  void issue_refresh(const Pick& pick);
  void take_bus(Cycle at, bool column, Cycle length);
  void emit(Cycle at, Command command, int sub, int bank, std::int32_t row = -1, std::int32_t column = -1);
  void complete(const RequestQueues::Slot& slot, Cycle at);
  void advance_refresh();
  Cycle issue_cycle(Cycle limit);

  void go_to(Cycle at) {
    now_ = at;
    undecided_ = std::max(undecided_, at);
  }

  /// The commands of cycle `at` are chosen. With bank queues a cycle is looked at again after a
  /// command: estimate, from the cycles of DRAMSys's HBM2 rows (seq_read I +2.96 % with it, +3.86 %
  /// without), not from its source.
  void done_with(Cycle at) {
    if (!by_end_) undecided_ = at + 1;
  }

  // Two-stage queues
  bool movable(std::size_t& direction, std::size_t& place) const;
  Cycle move_at() const { return front_[0].empty() && front_[1].empty() ? kNeverCycle : next_move(); }
  Cycle next_move() const;
  void move();

  // Refreshes falling due and low-power states (exact_sleep.cpp)
  enum class Sleep : std::uint8_t { none, power_down, self_refresh };
  /// Does the first of what begins no later than `until`; false when nothing does.
  bool tend(Cycle until) {
    return (config_.power_states.enabled || refresh_.next_due() <= until) && begin_next(until);
  }
  bool begin_next(Cycle until);
  Cycle next_sleep() const;
  Cycle quiet_at() const;
  void power_down();
  /// From cycle `at` on; returns the first cycle after the precharges.
  Cycle close_rows(Cycle at);
  void refresh_itself();
  void wake_up();
  Cycle slept(Sleep state, Cycle now) const;

  // Long idle stretches (exact_rest.cpp)
  bool only_refreshes() const;
  bool refreshes_start_now() const;
  void skip_rotations(Cycle until);

  DramConfig config_;
  double clock_hz_;  ///< in force
  TimingTable timing_;
  Device device_;
  RequestQueues queues_;
  RefreshQueue refresh_;
  Patrol patrol_;
  int patrols_queued_ = 0;
  std::vector<int> patrols_in_;  ///< by sub-channel
  bool separate_, by_end_, by_age_, release_at_activate_;
  bool whole_;                                     ///< one direction for the channel
  int write_high_, write_low_;                     ///< turn to writes above so many, back below
  std::array<std::deque<std::int32_t>, 2> front_;  ///< two_stage: requests that wait for room in a bank queue
  std::vector<std::int32_t> owner_;                ///< request whose activate was issued, by bank
  std::array<OfferList, 2> owners_;                ///< their accesses, by direction
  std::vector<int> owners_in_;                     ///< by sub-channel; from the first step of an activate on
  PendingActivate2 act2_;
  std::array<OfferList, 2> access_offers_;  ///< by direction; only kept for watermark policies
  std::array<OfferList, 2> activate_offers_, precharge_offers_;
  Pick column_, row_;  ///< best of their kinds, while known
  bool column_known_ = false, row_known_ = false;
  double check_share_;                 ///< inline ECC: check accesses per access
  std::vector<double> checks_owed_;    ///< by sub-channel
  std::vector<std::uint8_t> writing_;  ///< direction, by sub-channel
  std::vector<int> batch_;
  std::vector<std::array<int, 2>> waiting_;  ///< queued requests by sub-channel and direction
  bool last_write_ = false;
  std::uint64_t next_age_ = 0;
  int turn_ = 0;  ///< round robin
  int draining_ = 0;
  Cycle moved_at_ = -1;
  int last_bank_ = kNone;
  Cycle accepted_cycle_ = -1;
  int accepted_in_cycle_ = 0;
  std::deque<Cycle> in_flight_;
  Cycle now_ = 0;
  Cycle undecided_ = 0;  ///< first cycle whose commands are not chosen yet: now_ or the one after
  Cycle row_free_ = 0, column_free_ = 0;
  Cycle wck_until_ = kLongAgo;
  Cycle idle_since_ = 0;
  Cycle served_at_ = 0;  ///< when a request was last taken or served
  Cycle path_cycles_ = 0;
  CommandSink* sink_ = nullptr;
  std::vector<Completion>* completions_ = nullptr;
  LatencyStats latency_;
  Cycle last_completion_ = 0;
  std::uint64_t incomplete_ = 0;
  std::array<std::uint64_t, 2> pending_{};  ///< accepted and not served, by direction
  std::uint64_t forwarded_reads_ = 0;
  bool held_ = false;  ///< the clock is about to change
  Cycle writes_end_ = 0;
  bool input_ended_ = false;
  Cycle rest_since_ = kNeverCycle;  ///< since this refresh each one started on its due cycle, nothing else
  CommandCounts counts_;
  Sleep sleep_ = Sleep::none;
  Cycle sleep_since_ = 0;
  bool refreshed_ = true;                                  ///< since the last self-refresh
  Cycle power_down_cycles_ = 0, self_refresh_cycles_ = 0;  ///< summed over the sub-channels
};

}  // namespace kiln::dram
