// SPDX-License-Identifier: MIT
// How far the bulk tier is from the exact one: what reached network and memory in sampled windows, re-run by
// both.
#pragma once

#include <vector>

#include "dram/memory_port.h"
#include "noc/noc_shell.h"
#include "soc/soc_config.h"

namespace kiln::soc {

struct AuditResult {
  double noc_error = 0;   ///< relative, of the time to deliver a window's trains
  double dram_error = 0;  ///< relative, of the time to serve a window's bursts, mean over channels
  std::int64_t trains = 0, bursts = 0;
  double error() const { return noc_error > dram_error ? noc_error : dram_error; }
};

/// What was recorded, by absolute simulated time.
struct AuditInput {
  std::vector<noc::TrainRecord> trains;
  std::vector<dram::BurstRecord> bursts;
  std::vector<std::pair<base::TimePs, base::TimePs>> windows;
  double noc_clock_hz = 0;
};

/// Each window is re-run from idle by both tiers; errors are means over windows, weighted by their length.
AuditResult audit(const SocConfig& soc, const AuditInput& input);

}  // namespace kiln::soc
