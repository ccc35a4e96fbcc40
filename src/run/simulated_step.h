// SPDX-License-Identifier: MIT
// A step simulated once at an operating point; long horizons replay it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "run/memory_supply.h"
#include "run/signature.h"
#include "run/supply_response.h"
#include "soc/audit.h"
#include "soc/step_record.h"
#include "stats/metrics.h"
#include "stats/trace.h"

namespace kiln::run {

struct SimulatedStep {
  soc::StepRecord record;
  Signature signature;
  std::vector<stats::Sample> metrics;  ///< what the models counted
  stats::Trace trace;
  std::optional<soc::Audit> audit;                 ///< absent in one that an earlier run simulated
  bool from_rest = false;                          ///< it depends on nothing that ran before it
  std::optional<SupplyResponse> supply = {};       ///< of a chip with a rail
  std::optional<MemorySupply> memory_supply = {};  ///< of a chip whose memory has one
};

/// All but the signature, which follows from the record, and the audit.
std::string to_bytes(const SimulatedStep& step);
/// Throws base::SimError for bytes that `to_bytes` of this program did not write.
SimulatedStep step_from_bytes(std::string_view bytes, const device::ChipPower& power,
                              const sim::OperatingPoint& point);

std::string to_bytes(const soc::AuditResult& result);
soc::AuditResult audit_from_bytes(std::string_view bytes);

}  // namespace kiln::run
