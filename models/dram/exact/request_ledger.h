// SPDX-License-Identifier: MIT
// What a channel was asked for and what became of it: waiting, served, complete, and how long it took.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <vector>

#include "dram/device.h"
#include "dram/dram_config.h"
#include "dram/request_queues.h"

namespace kiln::dram {

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

class RequestLedger {
 public:
  explicit RequestLedger(const ControllerConfig& config) : limited_(config.outstanding > 0) {}

  void report_to(std::vector<Completion>* completions) { completions_ = completions; }

  void accepted(Cycle at) {
    served_at_ = at;
    ++incomplete_;
  }
  /// It waits for a command.
  void waits(bool write) { ++waiting_[write]; }
  /// Served by a write that waited.
  void forwarded() { ++forwarded_reads_; }
  void patrol_waits() { ++patrols_; }
  /// Its column command is issued at `at`.
  void served(const Access& access, Cycle at);
  /// Its completion in cycle `at` is known; latency counts from `arrival`.
  void complete(const Access& access, Cycle arrival, Cycle at);
  /// Completions up to `now` are in the past.
  void pass(Cycle now) {
    if (!limited_) return;
    while (!in_flight_.empty() && in_flight_.front() <= now) in_flight_.pop_front();
  }

  /// Accepted accesses of users that no command has served yet.
  std::uint64_t waiting(bool write) const { return waiting_[write]; }
  /// Patrol reads among what waits.
  int patrols() const { return patrols_; }
  std::uint64_t incomplete() const { return incomplete_; }
  std::uint64_t forwarded_reads() const { return forwarded_reads_; }
  /// Cycles of completions that are known and lie ahead; kept for a limit of `outstanding` only.
  const std::deque<Cycle>& in_flight() const { return in_flight_; }
  const LatencyStats& latency() const { return latency_; }
  Cycle last_completion() const { return last_completion_; }
  /// When a request was last taken or served.
  Cycle served_at() const { return served_at_; }

 private:
  bool limited_;
  std::array<std::uint64_t, 2> waiting_{};  ///< by direction
  int patrols_ = 0;
  std::uint64_t incomplete_ = 0;
  std::uint64_t forwarded_reads_ = 0;
  std::deque<Cycle> in_flight_;
  std::vector<Completion>* completions_ = nullptr;
  LatencyStats latency_;
  Cycle last_completion_ = 0;
  Cycle served_at_ = 0;
};

inline void RequestLedger::served(const Access& access, Cycle at) {
  const bool patrol = access.of_patrol();
  if (!patrol)
    --waiting_[access.write];
  else if (!access.write)
    --patrols_;
  // Patrol alone is no progress while users wait.
  if (!patrol || (incomplete_ == 0 && waiting_[true] == 0)) served_at_ = at;
}

inline void RequestLedger::complete(const Access& access, Cycle arrival, Cycle at) {
  if (access.of_patrol()) return;
  last_completion_ = std::max(last_completion_, at);
  --incomplete_;
  if (limited_) in_flight_.push_back(at);
  if (completions_ != nullptr) completions_->push_back({access.id, at});
  if (access.write) return;
  const Cycle latency = at - arrival;
  ++latency_.reads;
  latency_.sum += static_cast<double>(latency);
  latency_.least = std::min(latency_.least, latency);
  latency_.most = std::max(latency_.most, latency);
}

}  // namespace kiln::dram
