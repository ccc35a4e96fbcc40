// SPDX-License-Identifier: MIT
// A DRAM part alone: a trace or a pattern through exact channels, for `kiln dram` and the peer comparison.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/watch.h"
#include "dram/dram_config.h"
#include "dram/energy.h"
#include "dram/pattern.h"
#include "part/dram_trace_line.h"

namespace kiln::part {

struct DramInjection {
  enum class Kind { saturating, idle, paced } kind = Kind::saturating;
  double cycles = 200;  ///< idle: after the previous completion; paced: between requests, above 0
};

/// "saturating", "idle", "idle:CYCLES" or "paced:CYCLES".
/// Throws ConfigError naming the allowed forms and cycles.
DramInjection parse_injection(const std::string& text);

/// How a trace is read.
struct TraceOptions {
  TraceForm form = TraceForm::automatic;
  double clock_hz = 0;   ///< that its cycles count; 0: the memory's
  bool lenient = false;  ///< skip and name what is no request
};

struct DramRun {
  dram::StandaloneConfig config;
  std::string trace;  ///< path; empty: the pattern
  TraceOptions trace_options;
  dram::Pattern pattern = dram::Pattern::seq_read;
  dram::WalkMapping mapping = dram::WalkMapping::B;
  std::uint64_t requests = 100000;
  DramInjection injection;
  std::string log;                  ///< path of a command log in CSV; empty: none
  std::vector<std::string> inputs;  ///< files that were read, which the log may not replace
  /// Die temperatures in degC, one for the part or one for each channel; they set the refresh rates. Empty:
  /// not looked at.
  std::vector<double> temperatures_c;
  base::Watch watch;  ///< asked all along
};

/// What a channel's temperature does to the bits it keeps.
struct RetentionRegion {
  int channel = 0;
  double temperature_c = 0;
  double refresh_rate = 1;
  double interval_s = 0;  ///< between two refreshes of a row
  double bit_error_rate = 0;
  double expected_bit_errors = 0;  ///< in the channel's data, per interval
};

struct DramResult {
  std::uint64_t requests = 0;
  std::uint64_t writes_pending = 0;   ///< accepted, data still queued at the end; 0 in drained runs
  std::uint64_t reads_forwarded = 0;  ///< served from the write queue, without an access
  std::uint64_t bus_turns = 0;        ///< of the data buses, from reads to writes or back
  std::int64_t cycles = 0;
  double time_ns = 0;
  double bandwidth_gb_per_s = 0;
  double peak_gb_per_s = 0;
  double percent_of_peak = 0;
  double mean_read_latency_cycles = 0;
  double max_read_latency_cycles = 0;
  double row_hit_rate = 0;
  dram::CommandCounts commands;
  dram::EnergyPj energy;
  bool energy_known = true;  ///< the part's currents or energies are given
  std::vector<RetentionRegion> retention;
  std::uint64_t data_bytes = 0;      ///< of the part, without what inline check bits take
  std::uint64_t check_bytes = 0;     ///< taken by inline check bits, or beside the data (on die, side band)
  double scrub_gb_per_s = 0;         ///< patrol reads and write-backs on the bus
  std::vector<std::string> skipped;  ///< of a trace that was read leniently
  double wall_s = 0;
};

/// Throws ConfigError for a bad trace (with the line) and SimError when the run cannot go on.
DramResult run_dram(const DramRun& run);
std::string to_json(const DramResult& result);
std::string to_text(const DramResult& result);

}  // namespace kiln::part
