// SPDX-License-Identifier: MIT
// The requests of a DRAM run, one at a time: a pattern or the lines of a trace.
#pragma once

#include <istream>
#include <memory>
#include <string>

#include "base/unknowns.h"
#include "dram/request_queues.h"
#include "part/dram.h"

namespace kiln::part {

/// No request is due later: sums of cycles stay far from overflow, and doubles count them one by one.
inline constexpr dram::Cycle kLastCycle = 1'000'000'000'000'000;

struct Request {
  std::size_t channel = 0;
  dram::Access access;
  dram::Cycle due = 0;  ///< not offered before
};

class RequestSource {
 public:
  virtual ~RequestSource() = default;
  virtual bool next(Request& request) = 0;
};

/// What `run` asks for. Throws ConfigError for a trace that cannot be read and for requests after kLastCycle;
/// next() does so for a bad line and for a trace without a request.
/// Requests of a kind that is not known, and words behind a request, are unknowns.
std::unique_ptr<RequestSource> make_requests(const DramRun& run, base::Unknowns& unknowns);

/// The lines of a trace; `name` is the file's, for errors. next() throws as above.
std::unique_ptr<RequestSource> trace_requests(std::unique_ptr<std::istream> lines, const std::string& name,
                                              const dram::DramConfig& config, const TraceOptions& options,
                                              base::Unknowns& unknowns);

/// Bytes the part holds for its users.
std::uint64_t data_bytes(const dram::DramConfig& config);

}  // namespace kiln::part
