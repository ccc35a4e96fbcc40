// SPDX-License-Identifier: MIT
// What went through a port of the memory: bytes, by whom, how long it took, and the bursts of audited
// windows.
#pragma once

#include <map>
#include <vector>

#include "dram/exertion.h"
#include "dram/memory_engine.h"
#include "sim/bulk_protocol.h"
#include "stats/ledger.h"
#include "stats/metrics.h"

namespace kiln::dram {

/// A burst that reached a channel, kept for the audit against the command-level engine.
struct BurstRecord {
  int channel = 0;
  Burst burst;
};

/// What a layer in a phase had of the memory.
struct MemoryTraffic {
  std::int64_t read_bytes = 0, write_bytes = 0;
  base::TimePs service = 0;  ///< from the arrival of bursts to their answers, summed
};

class PortBooks {
 public:
  explicit PortBooks(stats::Group& stats);

  /// A burst as the memory takes it, at `now`.
  Burst came_in(const tlm::tlm_generic_payload& payload, base::TimePs now);
  /// Its answer leaves; `departure` is set.
  void answered(const tlm::tlm_generic_payload& payload);

  void restart();
  void record_until(base::TimePs until) { record_until_ = until; }
  const std::vector<BurstRecord>& records() const { return records_; }

  /// What each channel did since `restart`, where that is wanted of a memory that can tell; else none.
  const std::vector<ExertionLog>& exertions() const { return exertions_; }
  std::vector<ExertionLog>& exertions() { return exertions_; }
  void log_channels(std::size_t count) { exertions_.resize(count); }

  /// Since `restart`.
  const std::map<stats::WorkKey, MemoryTraffic>& traffic() const { return traffic_; }
  std::int64_t read_bytes() const { return read_bytes_.value(); }
  std::int64_t write_bytes() const { return write_bytes_.value(); }
  std::int64_t gradient_bytes() const { return gradient_bytes_.value(); }
  /// Time bursts spent here, summed.
  double service_time_s() const { return service_.mean() * 1e-9 * static_cast<double>(service_.count()); }

 private:
  base::TimePs record_until_ = 0;
  std::vector<BurstRecord> records_;
  std::vector<ExertionLog> exertions_;  ///< by channel at this port
  std::map<stats::WorkKey, MemoryTraffic> traffic_;
  stats::Counter& read_bytes_;
  stats::Counter& write_bytes_;
  stats::Counter& gradient_bytes_;
  stats::Distribution& service_;
};

}  // namespace kiln::dram
