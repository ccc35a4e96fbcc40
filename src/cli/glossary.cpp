// SPDX-License-Identifier: MIT
#include "cli/glossary.h"

#include <algorithm>
#include <array>

namespace kiln::cli {

namespace {

constexpr std::array kEntries = {
    GlossaryEntry{"step_time_s", "s", "Time of one training step at the reported state"},
    GlossaryEntry{"samples_per_s", "1/s", "Training samples per second of device time"},
    GlossaryEntry{"phase_time_s", "s", "Step time by phase; overlapping work is counted once, so the parts add up"},
    GlossaryEntry{"energy_j", "J", "Energy of one step, all components"},
    GlossaryEntry{"energy_by_component_j", "J", "Energy of one step by component"},
    GlossaryEntry{"energy_by_phase_j", "J", "Energy of one step by phase, leakage by exclusive time"},
    GlossaryEntry{"average_power_w", "W", "Energy of a step over its time, idle time included"},
    GlossaryEntry{"peak_power_w", "W", "Highest power of any window of the activity ledger"},
    GlossaryEntry{"achieved_tops", "10^12 op/s", "Multiplications and additions done per second of a step"},
    GlossaryEntry{"peak_tops", "10^12 op/s", "All MAC units busy at the precision of the step"},
    GlossaryEntry{"bound_by", "share of the step", "Which resource sets the pace"},
    GlossaryEntry{"dram_bytes", "B", "Bytes moved on the DRAM interface in one step"},
    GlossaryEntry{"noc_bytes", "B", "Bytes injected into the network in one step"},
    GlossaryEntry{"gradient_bits", "bit", "Weight gradients of one step before and after the codec, with indices, "
                                          "scales, headers and padding"},
    GlossaryEntry{"compression_ratio", "1", "Original over compressed gradient bits, as measured"},
    GlossaryEntry{"ratio_source", "", "What the compression ratio was measured on"},
    GlossaryEntry{"gradient_traffic_share", "1", "Share of gradients in the bytes moved in one step"},
    GlossaryEntry{"peak_temperature_c", "degC", "Highest temperature of each block"},
    GlossaryEntry{"skin_temperature_c", "degC", "Temperature of the outer surface that a hand touches"},
    GlossaryEntry{"throttled_time_s", "s", "Time below the highest operating point"},
    GlossaryEntry{"samples_per_joule", "1/J", "Training samples per joule"},
    GlossaryEntry{"audit_error", "1", "Time error of the bulk tier in the windows that were repeated exactly"},
    GlossaryEntry{"simulated_events", "1", "Events the simulation kernel handled"},
    GlossaryEntry{"wall_time_s", "s", "Time the simulation took on this computer"},
    GlossaryEntry{"cpu_time_s", "s", "Processor time the simulation took on this computer"},
};

}  // namespace

std::span<const GlossaryEntry> glossary() { return kEntries; }

const GlossaryEntry* find_glossary_entry(std::string_view key) {
  const auto found = std::find_if(kEntries.begin(), kEntries.end(), [&](const GlossaryEntry& entry) {
    return key == entry.key || (key.starts_with(entry.key) && key[entry.key.size()] == '.');
  });
  return found == kEntries.end() ? nullptr : &*found;
}

}  // namespace kiln::cli
