// SPDX-License-Identifier: MIT
// A line of a memory trace, as the field's simulators write them.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "config/value.h"

namespace kiln::part {

/// Addresses are hexadecimal, with or without 0x, as their simulators read them; but load_store's are decimal
/// without 0x.
enum class TraceForm {
  automatic,    ///< by the first line
  dramsim3,     ///< `ADDRESS READ|WRITE CYCLE`
  ramulator,    ///< `ADDRESS R|W`: Ramulator 1, where an address alone is read
  load_store,   ///< `LD|ST ADDRESS`: Ramulator 2's load/store traces
  coordinates,  ///< `R|W CHANNEL,...,ROW,COLUMN`: Ramulator 2's read/write traces
  dramsys  ///< `CYCLE: [(BYTES)] read|write ADDRESS [DATA]`: DRAMSys' .stl; .rstl counts from the line before
};
std::span<const config::EnumName<TraceForm>> enum_names(const TraceForm*);

struct TraceLine {
  static constexpr std::size_t kMostCoordinates = 8;

  std::uint64_t address = 0;  ///< in bytes
  bool write = false;
  std::int64_t due = 0;     ///< in clocks of the trace; 0 where the form has none: as fast as accepted
  std::uint64_t bytes = 0;  ///< 0: one access
  std::array<std::uint32_t, kMostCoordinates> coordinates = {};
  std::size_t coordinate_count = 0;  ///< above 0: in place of the address
  /// What has no meaning here: a kind of request, which makes the line none, or a word behind it.
  std::string_view unknown_kind, unknown_word;
};

/// What is wrong with a line, and what it should be.
struct TraceLineError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The form of a line that is neither empty nor a comment. Throws TraceLineError where it is none of them,
/// and for instruction traces.
TraceForm form_of(std::string_view line);
/// Throws TraceLineError. `form` is not automatic. Views of the result point into `line`.
TraceLine parse_trace_line(TraceForm form, std::string_view line);
/// "`ADDRESS READ|WRITE CYCLE`"; of automatic: all of them.
std::string_view example(TraceForm form);

}  // namespace kiln::part
