// SPDX-License-Identifier: MIT
// A DRAM run as JSON and as text.
#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "output/json.h"
#include "part/dram.h"

namespace kiln::part {

namespace {

/// Without currents nothing is known of any component: null, not 0.
nlohmann::ordered_json energy_json(const DramResult& r) {
  const dram::EnergyPj& e = r.energy;
  nlohmann::ordered_json json{{"activate", e.activate},
                              {"read", e.read},
                              {"write", e.write},
                              {"refresh", e.refresh},
                              {"background_active", e.background_active},
                              {"background_precharge", e.background_precharge},
                              {"power_down", e.power_down},
                              {"io", e.io},
                              {"ecc", e.ecc},
                              {"encryption", e.encryption},
                              {"total", e.total()}};
  if (!r.energy_known)
    for (auto& figure : json) figure = nullptr;
  return json;
}

std::string energy_text(const DramResult& r) {
  if (!r.energy_known) return "energy not known (no currents given)\n";
  const double bits = static_cast<double>(r.commands.bytes_read + r.commands.bytes_written) * 8;
  return fmt::format("energy {:.1f} nJ, {:.2f} pJ/bit\n", r.energy.total() * 1e-3,
                     bits > 0 ? r.energy.total() / bits : 0);
}

std::string queue_text(const DramResult& r) {
  std::string text;
  if (r.writes_pending > 0)
    text +=
        fmt::format("{} writes still queued at the end: not in time, counts and energy\n", r.writes_pending);
  if (r.reads_forwarded > 0) text += fmt::format("{} reads served from the write queue\n", r.reads_forwarded);
  return text;
}

std::string retention_text(const RetentionRegion& region) {
  return fmt::format(
      "channel {} at {:g} degC: refresh rate {:g}, each row every {:.3f} ms, bit error rate {:.3g}, "
      "{:.3g} bit errors expected per interval\n",
      region.channel, region.temperature_c, region.refresh_rate, region.interval_s * 1e3,
      region.bit_error_rate, region.expected_bit_errors);
}

}  // namespace

std::string to_json(const DramResult& r) {
  const dram::CommandCounts& n = r.commands;
  nlohmann::ordered_json json{{"requests", r.requests},
                              {"writes_pending", r.writes_pending},
                              {"reads_forwarded", r.reads_forwarded},
                              {"bus_turns", r.bus_turns},
                              {"cycles", r.cycles},
                              {"time_ns", r.time_ns},
                              {"bandwidth_GBps", r.bandwidth_gb_per_s},
                              {"peak_GBps", r.peak_gb_per_s},
                              {"pct_peak", r.percent_of_peak},
                              {"avg_read_latency_cycles", r.mean_read_latency_cycles},
                              {"max_read_latency_cycles", r.max_read_latency_cycles},
                              {"row_hit_rate", r.row_hit_rate},
                              {"commands",
                               {{"ACT", n.activates},
                                {"PRE", n.precharges},
                                {"PREab", n.precharges_all},
                                {"RD", n.reads},
                                {"WR", n.writes},
                                {"REFab", n.refreshes_all_bank},
                                {"REFpb", n.refreshes_per_bank},
                                {"PDE", n.power_down_entries},
                                {"SRE", n.self_refresh_entries},
                                {"check", n.check_accesses},
                                {"scrub_RD", n.scrub_reads},
                                {"scrub_WR", n.scrub_writes}}},
                              {"energy_pJ", energy_json(r)},
                              {"storage_B", {{"data", r.data_bytes}, {"check", r.check_bytes}}},
                              {"scrub_GBps", r.scrub_gb_per_s},
                              {"wall_s", r.wall_s}};
  if (!r.skipped.empty()) json["skipped"] = r.skipped;
  for (const RetentionRegion& region : r.retention)
    json["retention"].push_back({{"channel", region.channel},
                                 {"temperature_degC", region.temperature_c},
                                 {"refresh_rate", region.refresh_rate},
                                 {"interval_s", region.interval_s},
                                 {"bit_error_rate", region.bit_error_rate},
                                 {"expected_bit_errors", region.expected_bit_errors}});
  return output::json_text(json, 2);
}

std::string to_text(const DramResult& r) {
  const dram::CommandCounts& n = r.commands;
  std::string text = fmt::format(
      "{} requests in {} cycles ({:.1f} ns)\n"
      "bandwidth {:.3f} GB/s of {:.3f} GB/s ({:.2f} %)\n"
      "read latency {:.2f} cycles on average, {:.0f} at most; row hits {:.2f} %; turns of the bus {}\n"
      "ACT {} PRE {} PREab {} RD {} WR {} REFab {} REFpb {}\n",
      r.requests, r.cycles, r.time_ns, r.bandwidth_gb_per_s, r.peak_gb_per_s, r.percent_of_peak,
      r.mean_read_latency_cycles, r.max_read_latency_cycles, r.row_hit_rate * 100, r.bus_turns, n.activates,
      n.precharges, n.precharges_all, n.reads, n.writes, n.refreshes_all_bank, n.refreshes_per_bank);
  text += queue_text(r) + energy_text(r);
  for (const RetentionRegion& region : r.retention) text += retention_text(region);
  for (const std::string& skipped : r.skipped) text += "skipped: " + skipped + "\n";
  return text;
}

}  // namespace kiln::part
