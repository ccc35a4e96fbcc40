// SPDX-License-Identifier: MIT
// A line of a memory trace, as the field's simulators write them.
#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "config/value.h"

namespace kiln::part {

enum class TraceForm {
  automatic,   ///< by the first line
  dramsim3,    ///< `0xADDRESS READ|WRITE CYCLE`
  ramulator,   ///< `0xADDRESS R|W`: Ramulator 1 and 2.1 without cycles
  load_store,  ///< `LD|ST 0xADDRESS`: Ramulator 2's load/store traces
  dramsys      ///< `CYCLE: read|write 0xADDRESS`: DRAMSys' .stl; .rstl counts from the line before
};
std::span<const config::EnumName<TraceForm>> enum_names(const TraceForm*);

struct TraceLine {
  std::uint64_t address = 0;  ///< in bytes
  bool write = false;
  std::int64_t due = 0;  ///< in memory clocks; 0 where the form has none: as fast as accepted
};

/// What is wrong with a line, and what it should be.
struct TraceLineError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The form of a line that is neither empty nor a comment. Throws TraceLineError where it is none of them.
TraceForm form_of(std::string_view line);
/// Throws TraceLineError. `form` is not automatic.
TraceLine parse_trace_line(TraceForm form, std::string_view line);
/// "`0xADDRESS READ|WRITE CYCLE`"; of automatic: all of them.
std::string_view example(TraceForm form);

}  // namespace kiln::part
