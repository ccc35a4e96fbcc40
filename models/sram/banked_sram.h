// SPDX-License-Identifier: MIT
// Timing of a banked SRAM: every request reserves accesses on the banks it touches.
//
// A request streams one access per cycle. Its accesses to a bank queue behind what others have reserved
// there, at the rate the bank's ports allow; it ends with its slowest bank. Work is conserved: no bank ever
// serves more than its ports times the cycles passed. Within a request the order of accesses is not modelled.
#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"
#include "sram/sram_config.h"

namespace kiln::sram {

using base::Curve;

struct SramCounts {
  std::int64_t read_bytes = 0;
  std::int64_t write_bytes = 0;
  std::int64_t bank_accesses = 0;    ///< check-bit traffic and read-modify-write included
  std::int64_t conflict_cycles = 0;  ///< requests ended later than they would alone
  std::int64_t partial_writes = 0;   ///< code words read, merged and written back
};

class BankedSram {
 public:
  explicit BankedSram(const SramConfig& config) : BankedSram(config, config.clock_hz, 0) {}
  /// With a clock edge at `start` and all banks free.
  BankedSram(const SramConfig& config, double clock_hz, base::TimePs start);

  /// Throws base::SimError for a request outside the capacity.
  Curve reserve(base::TimePs now, std::uint64_t bytes, bool write, std::uint64_t address);
  /// The SRAM's clock changes: reservations in the future keep their cycles, not their times.
  void replan(base::TimePs now, double hz);

  const SramCounts& counts() const { return counts_; }
  const SramConfig& config() const { return config_; }
  /// Bytes per second with all banks and ports busy, reads and writes mixed evenly.
  double peak_bandwidth() const;

 private:
  /// Cycle from which a bank is free, in half cycles: a dual-ported bank serves two accesses in one.
  using HalfCycles = std::int64_t;
  HalfCycles& free_from(std::size_t bank, bool write);
  std::int64_t partial_words(std::uint64_t address, std::uint64_t bytes) const;

  SramConfig config_;
  base::Clock clock_;
  std::vector<HalfCycles> free_;  ///< [bank], or [bank][read, write]
  SramCounts counts_;
};

}  // namespace kiln::sram
