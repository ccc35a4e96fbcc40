// SPDX-License-Identifier: MIT
#include "sram/banked_sram.h"

#include <algorithm>

#include "base/error.h"

namespace kiln::sram {

BankedSram::BankedSram(const SramConfig& config, double clock_hz, base::TimePs start)
    : config_(config),
      clock_(clock_hz, start),
      free_(static_cast<std::size_t>(config.banks) * (config.ports == Ports::read_write ? 2 : 1), 0) {}

BankedSram::HalfCycles& BankedSram::free_from(std::size_t bank, bool write) {
  if (config_.ports != Ports::read_write) return free_[bank];
  return free_[2 * bank + (write ? 1 : 0)];
}

// Code words only part of which is written: at most one at each end.
std::int64_t BankedSram::partial_words(std::uint64_t address, std::uint64_t bytes) const {
  const auto word = static_cast<std::uint64_t>(config_.ecc_word_bytes);
  const std::uint64_t end = address + bytes;
  const bool head = address % word != 0;
  const bool tail = end % word != 0;
  const bool same = address / word == end / word;
  return head && tail && same ? 1 : (head ? 1 : 0) + (tail ? 1 : 0);
}

Curve BankedSram::reserve(base::TimePs now, std::uint64_t bytes, bool write, std::uint64_t address) {
  KILN_CHECK(address + bytes <= config_.capacity_bytes, "SRAM request for [{}, {}) outside its {} bytes",
             address, address + bytes, config_.capacity_bytes);
  if (bytes == 0) return {now, now};
  const auto width = static_cast<std::uint64_t>(config_.width_bytes);
  const std::uint64_t per_unit = config_.interleave_bytes / width;
  const std::uint64_t first_access = address / width;
  const std::uint64_t accesses = (address + bytes - 1) / width - first_access + 1;
  const auto banks = static_cast<std::uint64_t>(config_.banks);

  const std::int64_t begin = clock_.next_cycle(now);
  const HalfCycles cost = config_.ports == Ports::dual ? 1 : 2;
  HalfCycles end = 2 * (begin + static_cast<std::int64_t>(accesses));
  const HalfCycles alone = end;
  HalfCycles head = 2 * begin;
  const std::uint64_t first_unit = first_access / per_unit;
  const std::uint64_t last_unit = (first_access + accesses - 1) / per_unit;
  for (std::uint64_t i = 0; i < std::min(banks, last_unit - first_unit + 1); ++i) {
    // Units first_unit + i, + banks, ... lie in one bank; the end units may be partial.
    const std::uint64_t unit = first_unit + i;
    const std::uint64_t units = (last_unit - unit) / banks + 1;
    std::uint64_t served = units * per_unit;
    if (unit == first_unit) served -= first_access % per_unit;
    if ((last_unit - unit) % banks == 0) served -= (last_unit + 1) * per_unit - (first_access + accesses);
    HalfCycles& free = free_from(static_cast<std::size_t>(unit % banks), write);
    if (i == 0) head = std::max(head, free);
    free = std::max(free, 2 * begin) + static_cast<HalfCycles>(served) * cost;
    end = std::max(end, free);
    counts_.bank_accesses += static_cast<std::int64_t>(served);
  }
  std::int64_t latency = config_.latency_cycles;
  if (config_.ecc == Ecc::secded) {
    latency += write ? 0 : 1;  // the syndrome is one more stage on the way out
    if (write) {
      const std::int64_t partial = partial_words(address, bytes);
      counts_.partial_writes += partial;
      counts_.bank_accesses += partial;
      free_from(static_cast<std::size_t>(first_unit % banks), write) += partial * cost;
      end += partial * 2;
    }
  }
  counts_.conflict_cycles += (end - alone) / 2;
  (write ? counts_.write_bytes : counts_.read_bytes) += static_cast<std::int64_t>(bytes);
  return {clock_.time_of((head + 1) / 2 + latency), clock_.time_of((end + 1) / 2 + latency)};
}

void BankedSram::replan(base::TimePs now, double hz) {
  if (hz != clock_.hz()) clock_ = clock_.changed(hz, now);
}

double BankedSram::peak_bandwidth() const {
  const int ports = config_.ports == Ports::single ? 1 : 2;
  return clock_.hz() * config_.banks * config_.width_bytes * ports;
}

}  // namespace kiln::sram
