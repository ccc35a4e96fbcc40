// SPDX-License-Identifier: MIT
#include "dram/exertion.h"

#include "dram/dram_config.h"

namespace kiln::dram {

using stats::ActivityKind;

namespace {

bool only_accesses(const Exertion& e) {
  return e.activates + e.refreshes_all_bank + e.refreshes_per_bank == 0;
}

/// At the same pace.
bool goes_on(const Exertion& before, const Exertion& e) {
  const auto length = [](const Exertion& x) { return x.end - x.begin; };
  return only_accesses(before) && only_accesses(e) && before.end == e.begin &&
         before.reads * length(e) == e.reads * length(before) &&
         before.writes * length(e) == e.writes * length(before);
}

}  // namespace

void add(ExertionLog& log, const Exertion& exertion) {
  if (log.empty() || !goes_on(log.back(), exertion)) {
    log.push_back(exertion);
    return;
  }
  log.back().end = exertion.end;
  log.back().reads += exertion.reads;
  log.back().writes += exertion.writes;
}

CommandCounts counts_of(const DramConfig& config, const Exertion& exertion) {
  const auto access = static_cast<std::uint64_t>(config.organisation.access_bytes);
  CommandCounts counts;
  counts.activates = static_cast<std::uint64_t>(exertion.activates);
  counts.reads = static_cast<std::uint64_t>(exertion.reads);
  counts.writes = static_cast<std::uint64_t>(exertion.writes);
  counts.bytes_read = counts.reads * access;
  counts.bytes_written = counts.writes * access;
  counts.refreshes_all_bank = static_cast<std::uint64_t>(exertion.refreshes_all_bank);
  counts.refreshes_per_bank = static_cast<std::uint64_t>(exertion.refreshes_per_bank);
  return counts;
}

stats::Counts device_activity(const DramConfig& config, const CommandCounts& counts) {
  stats::Counts activity{};
  const auto set = [&](ActivityKind kind, std::uint64_t count) {
    activity[static_cast<std::size_t>(kind)] = static_cast<std::int64_t>(count);
  };
  const auto access = static_cast<std::uint64_t>(config.organisation.access_bytes);
  const std::uint64_t read = counts.bytes_read + counts.scrub_reads * access,
                      written = counts.bytes_written + counts.scrub_writes * access;
  set(ActivityKind::dram_activate, counts.activates);
  set(ActivityKind::dram_read_byte, read);
  set(ActivityKind::dram_write_byte, written);
  set(ActivityKind::dram_refresh, counts.refreshes_all_bank);
  set(ActivityKind::dram_bank_refresh, counts.refreshes_per_bank);
  if (config.ecc.kind != EccKind::none) {
    set(ActivityKind::dram_check_read_byte, read);
    set(ActivityKind::dram_check_write_byte, written);
  }
  return activity;
}

}  // namespace kiln::dram
