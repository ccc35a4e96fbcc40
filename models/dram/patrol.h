// SPDX-License-Identifier: MIT
// Patrol scrubbing: a timer of the controller raises a read of the next access of the channel so often that
// all of it is read once per period; a word found wrong is written back. The requests go through the
// scheduler like those of users (US 7913147; AMD PG456 "Background Scrubbing", whose default period is 24 h).
#pragma once

#include <cstdint>
#include <optional>

#include "dram/address_map.h"
#include "dram/device.h"
#include "dram/dram_config.h"

namespace kiln::dram {

class Patrol {
 public:
  /// While writes drain, patrol reads turn the bus only when so many wait: they have lower priority until
  /// they fall behind (US 7882323). Estimate.
  static constexpr int kGroup = 8;

  explicit Patrol(const DramConfig& config);

  /// Cycle of the next read; kNeverCycle without scrubbing.
  Cycle due() const { return due_; }
  /// Reads that fell due until `at` and were not done.
  Cycle overdue(Cycle at) const {
    return due_ > at ? 0 : 1 + static_cast<Cycle>((static_cast<double>(at) - exact_due_) / interval_);
  }
  /// Access of the channel it reads.
  std::uint64_t unit() const { return unit_; }
  Coordinates place() const { return map_->decode(unit_); }
  /// Goes on to the next access. True if the one just read has to be written back: so often that the expected
  /// number of them comes out.
  bool advance();

  /// Share of bits that are found wrong (retention.h); 0 in the beginning.
  void set_bit_error_rate(double rate);
  /// Goes on at the same place, from `at` of a clock of `clock_hz`.
  void restart(Cycle at, double clock_hz);

 private:
  std::optional<AddressMap> map_;  ///< while scrubbing is on
  double period_s_;                ///< 0: off
  double words_per_access_;
  int word_bits_;
  std::uint64_t units_, unit_ = 0;
  double interval_ = 0;  ///< cycles between reads
  double exact_due_ = 0;
  Cycle due_ = kNeverCycle;
  double wrong_share_ = 0;  ///< of accesses
  double owed_ = 0;
};

}  // namespace kiln::dram
