// SPDX-License-Identifier: MIT
#include "run/glossary.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/error.h"
#include "base/text.h"

namespace kiln::run {

namespace {

constexpr std::array kEntries = {
    GlossaryEntry{"step_time_s", "s", "Time of one training step at the reported state"},
    GlossaryEntry{"samples_per_s", "1/s", "Training samples per second of device time"},
    GlossaryEntry{"busy_time_s", "s",
                  "Time from the first to the last task of a step; a fixed rate idles for the rest"},
    GlossaryEntry{"phase_busy_s", "s",
                  "Time of the tiles in each phase; overlapping phases are counted each"},
    GlossaryEntry{"phase_time_s", "s",
                  "Step time by phase; overlapping work is counted once, so the parts add up"},
    GlossaryEntry{"energy_j", "J", "Energy of one step, all components"},
    GlossaryEntry{"energy_by_component_j", "J", "Energy of one step by component"},
    GlossaryEntry{"energy_by_phase_j", "J", "Energy of one step by phase, leakage by exclusive time"},
    GlossaryEntry{"average_power_w", "W",
                  "Energy of chip and memory in a step over its time, idle time included"},
    GlossaryEntry{"board_power_w", "W", "The same with regulator losses and the board's own consumers"},
    GlossaryEntry{"peak_power_w", "W",
                  "Highest power of chip and memory in any control period, or slice of a step"},
    GlossaryEntry{"achieved_tops", "10^12 op/s", "Multiplications and additions done per second of a step"},
    GlossaryEntry{"peak_tops", "10^12 op/s", "All MAC units busy at the precision of the step"},
    GlossaryEntry{"peak_tops_int4", "10^12 op/s", "All MAC units busy with INT4 operands"},
    GlossaryEntry{"bound_by", "share of the step", "Which resource sets the pace"},
    GlossaryEntry{"dram_bytes", "B", "Bytes moved on the DRAM interface in one step"},
    GlossaryEntry{"dram_bandwidth_bytes_per_s", "B/s", "DRAM bytes over the busy time"},
    GlossaryEntry{"dram_peak_bytes_per_s", "B/s", "What the DRAM interface can carry"},
    GlossaryEntry{"noc_bytes", "B", "Bytes injected into the network in one step"},
    GlossaryEntry{"gradient_bits", "bit",
                  "Weight gradients of one step before and after the codec, with indices, "
                  "scales, headers and padding"},
    GlossaryEntry{"compression_ratio", "1", "Original over compressed gradient bits, as measured"},
    GlossaryEntry{"ratio_source", "", "What the compression ratio was measured on"},
    GlossaryEntry{"work_to_accuracy", "1",
                  "Steps that teach as much as one without compression, by compression.work_to_accuracy; "
                  "absent when nobody measured it"},
    GlossaryEntry{"work_to_accuracy_source", "", "Who measured the work to accuracy"},
    GlossaryEntry{"time_to_accuracy_s", "s",
                  "Time of the steps that teach as much as one step without compression"},
    GlossaryEntry{"energy_to_accuracy_j", "J", "Their energy, board and cooling included"},
    GlossaryEntry{"gradient_traffic_share", "1", "Share of gradients in the DRAM bytes of one step"},
    GlossaryEntry{"gradient_noc_share", "1", "Share of gradients in the network bytes of one step"},
    GlossaryEntry{"peak_temperature_c", "degC", "Highest temperature of each block"},
    GlossaryEntry{"peak_temperature_max_c", "degC", "Highest temperature of any block of chip and memory"},
    GlossaryEntry{"hottest_router_c", "degC", "Highest temperature of any router of the network"},
    GlossaryEntry{"skin_temperature_c", "degC", "Temperature of the outer surface that a hand touches"},
    GlossaryEntry{"skin_headroom_k", "K",
                  "The package's skin_limit less the skin temperature; below 0: too hot to hold"},
    GlossaryEntry{"throttled_time_s", "s", "Time below the highest operating point"},
    GlossaryEntry{"throttled_share", "1", "The same as a share of the observed time"},
    GlossaryEntry{"refresh_raised_share", "1",
                  "Share of the time with the DRAM refreshed more often because it is hot"},
    GlossaryEntry{"mean_frequency_hz", "Hz", "NPU clock averaged over time"},
    GlossaryEntry{"energy_per_sample_j", "J",
                  "Energy of the device, board and cooling included, per training sample"},
    GlossaryEntry{"samples_per_joule", "1/J", "Training samples per joule"},
    GlossaryEntry{
        "dram_bit_error_rate", "1",
        "Share of stored DRAM bits that retention loses in a refresh interval, mean over the observed "
        "time, before error correction"},
    GlossaryEntry{"bit_errors_per_step", "bit",
                  "Wrong bits expected in what one step reads, after error correction, by memory"},
    GlossaryEntry{"transitions", "1", "Changes of the operating point in the observed time"},
    GlossaryEntry{"cooling_power_w", "W", "Mean electrical power of fans, pumps and other active cooling"},
    GlossaryEntry{"pue", "1", "Power of chip, memory and cooling over that of chip and memory"},
    GlossaryEntry{"battery_hours", "h",
                  "A full battery lasts this long at the mean power of board and cooling"},
    GlossaryEntry{"battery_fraction", "1", "Charge left at the end of the run"},
    GlossaryEntry{"heat_balance_error", "1", "Relative residual of heat in = stored + out"},
    GlossaryEntry{"supply", "",
                  "Supply of the core domain at the step's worst rise of current: rise in A, lowest "
                  "voltage, droop with and without a stretching clock, margin and cycles lost"},
    GlossaryEntry{"activity_factor", "1",
                  "Alpha of P = alpha C V^2 f by phase; C: every MAC and the edges of all arrays busy"},
    GlossaryEntry{"audit_error", "1",
                  "Time error of the bulk tier in the windows that were repeated exactly"},
    GlossaryEntry{"audit_error_noc", "1", "The network's part in the audit error"},
    GlossaryEntry{"audit_error_dram", "1", "The DRAM's part in the audit error"},
    GlossaryEntry{"memory_peak_bytes", "B", "Most memory in use at a time, by kind"},
    GlossaryEntry{"simulated_events", "1", "Events the simulation kernel handled"},
    GlossaryEntry{"wall_time_s", "s", "Time the simulation took on this computer"},
    GlossaryEntry{"cpu_time_s", "s", "Processor time the simulation took on this computer"},
};

}  // namespace

std::span<const GlossaryEntry> glossary() {
  return kEntries;
}

const GlossaryEntry* find_glossary_entry(std::string_view key) {
  const auto found = std::find_if(kEntries.begin(), kEntries.end(), [&](const GlossaryEntry& entry) {
    return key == entry.key || (key.starts_with(entry.key) && key[entry.key.size()] == '.');
  });
  return found == kEntries.end() ? nullptr : &*found;
}

std::string unknown_result(const std::string& key) {
  if (find_glossary_entry(key) != nullptr) return {};
  std::vector<std::string> known;
  known.reserve(kEntries.size());
  for (const GlossaryEntry& entry : kEntries) known.emplace_back(entry.key);
  return fmt::format("a run has no result '{}'{}", key, base::suggestion(key, known));
}

}  // namespace kiln::run
