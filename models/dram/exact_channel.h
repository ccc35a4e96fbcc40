// SPDX-License-Identifier: MIT
// One DRAM channel at command granularity, event driven: what `kiln dram` runs, and what audits the bulk
// tier.
//
// Each step() goes to the next cycle in which a command can be issued, a refresh falls due or a request moves
// between queues; no cycle is visited for nothing. Who does what is in exact/, one role per file; this class
// puts the roles in order.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dram/exact/admission.h"
#include "dram/exact/channel_state.h"
#include "dram/exact/command_issuer.h"
#include "dram/exact/progress_watch.h"
#include "dram/exact/scheduler.h"
#include "dram/exact/upkeep.h"

namespace kiln::dram {

class ExactChannel {
 public:
  explicit ExactChannel(const DramConfig& config);
  /// With other gaps than the configuration's, to see that the checker notices.
  ExactChannel(const DramConfig& config, const TimingTable& timing)
      : ExactChannel(config, timing, config.clock_hz) {}
  ExactChannel(const DramConfig& config, const TimingTable& timing, double clock_hz);

  bool can_accept(const Access& access) const { return admission_.can_accept(access); }
  /// Takes a request at cycle `at` (not before the last step). Latency counts from `due` <= at.
  void accept(const Access& access, Cycle at, Cycle due) { admission_.accept(access, at, due); }
  /// First cycle after now() in which can_accept() may change without a command being issued.
  Cycle accept_again() const { return admission_.accept_again(); }
  /// At least so many accesses of a direction can be taken without a column command.
  std::uint64_t room(bool write) const { return admission_.room(write); }
  /// No request follows: queued writes do not wait for a drain to be worth its while any more.
  void end_input() { state_.front.end_input(); }

  /// Does all that happens in the next eventful cycle and returns it; kNeverCycle when that is after `limit`,
  /// and now() becomes `limit`. Throws SimError with the state of the channel when requests wait and none is
  /// served any more.
  Cycle step(Cycle limit);
  Cycle now() const { return state_.buses.now(); }

  /// No request is waiting.
  bool drained() const { return state_.drained(); }
  /// Every accepted request was reported complete.
  bool complete() const { return state_.ledger.incomplete() == 0; }
  /// Accepted writes whose data is still queued.
  std::uint64_t pending_writes() const { return queued(true); }
  /// Accepted accesses of users that no command has served yet.
  std::uint64_t queued(bool write) const { return state_.ledger.waiting(write); }
  /// Reads served by a write that waited, without an access.
  std::uint64_t forwarded_reads() const { return state_.ledger.forwarded_reads(); }
  /// How often a data bus turned from reads to writes or back.
  std::uint64_t bus_turns() const { return state_.record.bus_turns; }
  const LatencyStats& latency() const { return state_.ledger.latency(); }
  Cycle last_completion() const { return state_.ledger.last_completion(); }
  /// End of the last write's data on the bus.
  Cycle writes_end() const { return issuer_.writes_end(); }
  const TimingTable& timing() const { return state_.timing(); }
  /// Commands and state times up to `now`.
  CommandCounts counts(Cycle now) const;
  /// One line: queues, directions, the oldest request.
  std::string describe_state() const { return progress_.describe_state(); }

  /// With a sink every refresh is visited, however long the channel is idle.
  void log_to(CommandSink* sink) { state_.record.sink = sink; }
  void report_completions(std::vector<Completion>* completions) { state_.ledger.report_to(completions); }
  /// Share of bits that patrol scrubbing finds wrong from now on.
  void set_bit_error_rate(double rate) { state_.patrol.set_bit_error_rate(rate); }
  /// Refresh rate from now() on.
  void set_refresh_rate(double rate);
  /// Before a change of the clock (JEDEC allows none while rows are open or data is under way): ends what was
  /// begun and closes all rows; what waits goes on waiting. Returns the cycle from which nothing is under
  /// way.
  Cycle quiesce();
  /// Goes on in cycle `ready`, the first of a clock of `clock_hz`; cycles count on.
  void resume(Cycle ready, double clock_hz, double refresh_rate);

 private:
  Cycle serve_next(Cycle limit);
  Cycle move_at() const { return state_.front.move_at(state_.queues, now()); }
  void move();

  ChannelState state_;
  std::unique_ptr<Scheduler> scheduler_;
  CommandIssuer issuer_;
  Upkeep upkeep_;
  Admission admission_;
  ProgressWatch progress_;
};

}  // namespace kiln::dram
