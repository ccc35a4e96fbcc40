// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/units.h"
#include "run/bit_errors.h"
#include "run/results.h"
#include "run/supply.h"

namespace kiln::run {

namespace {

constexpr double kBulkError = 0.03;

using base::Dimension;

std::string shown(double value, Dimension dimension) {
  return base::display_quantity(value, dimension);
}

double peak_ops(const Findings& f, workload::Precision precision) {
  const soc::SocConfig& soc = f.experiment.soc;
  return 2 * soc.count(soc::UnitKind::npu) * soc.npu.peak_macs_per_cycle(precision) *
         f.device.table().back().frequency_hz;
}

/// What the step's time went into; sums to 1. `throttled` is what the governor added over the highest
/// operating point; the rest are shares of the tiles' time at the reported one.
Numbers bounds(const Findings& f) {
  const soc::StepRecord& r = f.step.record;
  const double all = r.duration_s() * f.slowdown;
  double busy = 0;
  for (const double b : r.busy_s) busy += b;
  const auto stall = [&](npu::Stall s) { return r.stalled_s[static_cast<std::size_t>(s)]; };
  const double data = stall(npu::Stall::data) + stall(npu::Stall::buffer);
  const double waits = r.memory_wait_s + r.network_wait_s;
  const double memory = waits > 0 ? r.memory_wait_s / waits : 1;
  return {{"compute", busy / all},
          {"dram", data * memory / all},
          {"noc", data * (1 - memory) / all},
          {"dependency", stall(npu::Stall::dependency) / all},
          {"launch", stall(npu::Stall::launch) / all},
          {"throttled", 1 - 1 / f.slowdown}};
}

std::string bar(double share) {
  std::string text;
  text.append(static_cast<std::size_t>(std::lround(std::clamp(share, 0.0, 1.0) * 20)), '#');
  return text;
}

/// "hottest npu3 61.0 ...; memory 52.3; regulators 75.9; skin 49.2, 6.2 K over its limit of 43.0 degC"
std::string temperatures(const Findings& f) {
  const std::vector<double>& peaks = f.observed.peak_block_c;
  const int memory = f.prepared.plan.memory_block, regulators = f.device.regulator_block();
  std::vector<std::pair<double, std::string>> hot;
  for (std::size_t b = 0; b < peaks.size(); ++b)
    if (static_cast<int>(b) != memory && static_cast<int>(b) != regulators)
      hot.emplace_back(peaks[b], f.prepared.plan.floorplan.blocks[b].name);
  std::sort(hot.rbegin(), hot.rend());
  if (peaks.empty()) return "  hottest     nothing was observed";
  std::string text = "  hottest    ";
  for (std::size_t i = 0; i < std::min<std::size_t>(5, hot.size()); ++i)
    text += fmt::format(" {} {:.1f}", hot[i].second, hot[i].first);
  text += fmt::format("; memory {:.1f}", peaks[static_cast<std::size_t>(memory)]);
  if (regulators >= 0)
    text += fmt::format("; regulators {:.1f}", peaks[static_cast<std::size_t>(regulators)]);
  if (f.device.heat().has_probe(thermal::Probe::skin)) {
    const double limit = f.experiment.soc.package.skin_limit_c, over = f.observed.peak_skin_c - limit;
    text += fmt::format("; skin {:.1f}", f.observed.peak_skin_c);
    if (over > 0) text += fmt::format(", {:.1f} K over its limit of {:.0f}", over, limit);
  }
  return text + " degC";
}

/// Without compression a step is what steps are counted in.
std::optional<double> work_to_accuracy(const Findings& f) {
  const CompressionConfig& compression = f.experiment.compression;
  if (!compression.enabled) return 1.0;
  return steps_for_one(compression.work_to_accuracy, f.prepared.compression.ratio());
}

std::string work_to_accuracy_source(const Findings& f) {
  const CompressionConfig& compression = f.experiment.compression;
  if (!compression.enabled) return "no compression";
  return compression.work_to_accuracy.curve.empty() ? "none" : compression.work_to_accuracy.source;
}

std::string accuracy_line(const Findings& f) {
  const auto steps = work_to_accuracy(f);
  if (!steps)
    return "  accuracy    what the codec costs in steps is not known; give compression.work_to_accuracy";
  return fmt::format("  accuracy    {:.2f} steps teach what one does without compression: {}, {} ({})",
                     *steps, shown(*steps * f.step_time_s, Dimension::time),
                     shown(*steps * f.energy.total_j(), Dimension::energy), work_to_accuracy_source(f));
}

/// What the reader should know: of the lowered step, and of what was asked and not reached.
std::vector<std::string> notes(const Findings& f) {
  std::vector<std::string> all = f.prepared.step.notes;
  const auto& rate = f.experiment.run.rate_samples_per_s;
  const double reached = f.prepared.graph.samples() / f.step_time_s;
  if (rate && reached < 0.999 * *rate)
    all.push_back(fmt::format("run.rate asks for {:.4g} samples/s, the chip reaches {:.4g}", *rate, reached));
  return all;
}

}  // namespace

Numbers summarise(const Findings& f) {
  const soc::StepRecord& r = f.step.record;
  const workload::StepGraph& graph = f.prepared.graph;
  const double samples = graph.samples();
  Numbers n;
  const auto add = [&](const std::string& key, double value) { n.emplace_back(key, value); };
  add("step_time_s", f.step_time_s);
  add("samples_per_s", samples / f.step_time_s);
  add("busy_time_s", r.duration_s());
  for (std::size_t p = 0; p < npu::kPhases; ++p)
    add(fmt::format("phase_time_s.{}", kPhaseNames[p]), r.exclusive_s[p] * f.busy_scale);
  for (std::size_t p = 0; p < npu::kPhases; ++p)
    add(fmt::format("phase_busy_s.{}", kPhaseNames[p]), r.busy_s[p]);
  add("energy_j", f.energy.total_j());
  for (const auto& [name, joules] : f.energy.by_component_j) add("energy_by_component_j." + name, joules);
  for (const auto& [name, joules] : f.energy.by_phase_j) add("energy_by_phase_j." + name, joules);
  add("average_power_w", f.energy.chip_j / f.step_time_s);
  add("board_power_w", f.energy.total_j() / f.step_time_s);
  add("peak_power_w", f.observed.peak_power_w);
  const double operations = 2.0 * static_cast<double>(r.macs);
  add("achieved_tops", operations / f.step_time_s * 1e-12);
  add("peak_tops", peak_ops(f, f.experiment.training.precision.forward) * 1e-12);
  add("peak_tops_int4", peak_ops(f, workload::Precision::int4) * 1e-12);
  for (const auto& [name, share] : bounds(f)) add("bound_by." + name, share);
  add("dram_bytes.read", static_cast<double>(r.traffic.dram_read));
  add("dram_bytes.write", static_cast<double>(r.traffic.dram_write));
  const double dram = static_cast<double>(r.traffic.dram_read + r.traffic.dram_write);
  add("dram_bandwidth_bytes_per_s", dram / r.duration_s());
  add("dram_peak_bytes_per_s", f.prepared.target.dram_bytes_per_cycle * f.device.table().back().frequency_hz);
  add("noc_bytes", static_cast<double>(r.traffic.noc_wire));
  add("gradient_bits.original", static_cast<double>(f.prepared.compression.original_bits));
  add("gradient_bits.compressed", static_cast<double>(f.prepared.compression.compressed_bits));
  add("compression_ratio", f.prepared.compression.ratio());
  if (const auto steps = work_to_accuracy(f)) {
    add("work_to_accuracy", *steps);
    add("time_to_accuracy_s", *steps * f.step_time_s);
    add("energy_to_accuracy_j", *steps * f.energy.total_j());
  }
  add("gradient_traffic_share", static_cast<double>(r.traffic.dram_gradient) / std::max(1.0, dram));
  add("gradient_noc_share",
      static_cast<double>(r.traffic.noc_gradient) / std::max(1.0, static_cast<double>(r.traffic.noc_wire)));
  double hottest = -300;
  for (std::size_t b = 0; b < f.observed.peak_block_c.size(); ++b) {
    add("peak_temperature_c." + f.prepared.plan.floorplan.blocks[b].name, f.observed.peak_block_c[b]);
    if (static_cast<int>(b) != f.device.regulator_block())
      hottest = std::max(hottest, f.observed.peak_block_c[b]);
  }
  add("peak_temperature_max_c", hottest);
  double hottest_router = -300;
  for (const int block : f.prepared.plan.router_block)
    hottest_router = std::max(hottest_router, f.observed.peak_block_c[static_cast<std::size_t>(block)]);
  add("hottest_router_c", hottest_router);
  if (f.device.heat().has_probe(thermal::Probe::skin)) {
    add("skin_temperature_c", f.observed.peak_skin_c);
    add("skin_headroom_k", f.experiment.soc.package.skin_limit_c - f.observed.peak_skin_c);
  }
  const double observed = std::max(f.observed.time_s, 1e-30);
  add("throttled_time_s", f.observed.throttled_s / observed * f.step_time_s);
  add("throttled_share", f.observed.throttled_s / observed);
  add("refresh_raised_share", f.observed.refresh_s / observed);
  add("mean_frequency_hz", f.observed.frequency_time / observed);
  add("transitions", f.observed.transitions);
  add("cooling_power_w", f.observed.cooling_w());
  add("pue", (f.energy.chip_j + f.energy.cooling_j) / f.energy.chip_j);
  if (const auto& battery = f.device.battery()) {
    const pdn::Battery full(*f.experiment.soc.battery, 1.0);
    add("battery_hours", full.seconds_left(f.energy.total_j() / f.step_time_s) / 3600);
    add("battery_fraction", battery->state_of_charge());
  }
  add("heat_balance_error", f.observed.heat_balance);
  for (const Numbers& more : {supply_numbers(f), activity_factors(f), bit_error_numbers(f)})
    for (const auto& [name, value] : more) add(name, value);
  const double useful_samples = samples * f.prepared.graph.useful_step_fraction;
  add("samples_per_joule", useful_samples / f.energy.total_j());
  add("energy_per_sample_j", f.energy.total_j() / useful_samples);
  add("audit_error", f.audit.error());
  add("audit_error_noc", f.audit.noc_error);
  add("audit_error_dram", f.audit.dram_error);
  add("memory_peak_bytes.dram", static_cast<double>(f.prepared.step.memory.dram_peak_bytes));
  add("memory_peak_bytes.gradient_sram",
      static_cast<double>(f.prepared.step.memory.gradient_sram_peak_bytes));
  add("memory_peak_bytes.residual", static_cast<double>(f.prepared.step.memory.residual_bytes));
  add("simulated_events", static_cast<double>(f.plant.simulated_events()));
  return n;
}

std::string summary_json(const Findings& f, const Numbers& numbers) {
  nlohmann::ordered_json json;
  for (const auto& [key, value] : numbers) {
    nlohmann::ordered_json* at = &json;
    std::size_t start = 0;
    for (std::size_t dot = key.find('.'); dot != std::string::npos; dot = key.find('.', start)) {
      at = &(*at)[key.substr(start, dot - start)];
      start = dot + 1;
    }
    (*at)[key.substr(start)] = value;
  }
  json["ratio_source"] = f.prepared.compression.source;
  json["work_to_accuracy_source"] = work_to_accuracy_source(f);
  json["notes"] = notes(f);
  if (f.observed.shut_down) json["shutdown"] = f.observed.shutdown_reason;
  json["wall_time_s"] = f.wall_s;
  json["cpu_time_s"] = f.cpu_s;
  return json.dump(2) + "\n";
}

std::string summary_text(const Findings& f, const Numbers& numbers, const std::string& hash) {
  const auto get = [&](std::string_view key) {
    for (const auto& [name, value] : numbers)
      if (name == key) return value;
    return std::numeric_limits<double>::quiet_NaN();
  };
  const workload::StepGraph& graph = f.prepared.graph;
  std::string t;
  const auto line = [&](const std::string& text) { t += text + "\n"; };
  line(fmt::format("{}: {} on {}, batch {}{}, {:.0f} MHz at {:.3f} V, ambient {:.0f} degC", f.experiment.name,
                   graph.network, f.experiment.soc.name, graph.batch,
                   graph.micro_batches > 1 ? fmt::format(" x {}", graph.micro_batches) : "",
                   f.observed.point.frequency_hz * 1e-6, f.observed.point.voltage_v,
                   f.experiment.environment.ambient_c));
  line(fmt::format(
      "  step        {}   {:.1f} samples/s   {:.2f} samples/J   {:.3g} of {:.3g} TOPS ({}; {:.0f} in INT4)",
      shown(f.step_time_s, Dimension::time), get("samples_per_s"), get("samples_per_joule"),
      get("achieved_tops"), get("peak_tops"), config::enum_name(f.experiment.training.precision.forward),
      get("peak_tops_int4")));
  std::string phases = "  phases     ";
  for (std::size_t p = 0; p < npu::kPhases; ++p)
    phases += fmt::format(" {} {}", kPhaseNames[p],
                          shown(f.step.record.exclusive_s[p] * f.busy_scale, Dimension::time));
  line(phases);
  std::string by_phase = "  energy     ";
  double apart = f.energy.total_j();
  for (const auto& [name, joules] : f.energy.by_phase_j) {
    by_phase += fmt::format(" {} {}", name, shown(joules, Dimension::energy));
    apart -= joules;
  }
  line(by_phase + fmt::format("; board and cooling {}", shown(apart, Dimension::energy)));
  std::vector<std::pair<std::string, double>> parts = f.energy.by_component_j;
  std::stable_sort(parts.begin(), parts.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string components = fmt::format("  {} per step:", shown(f.energy.total_j(), Dimension::energy));
  for (const auto& [name, joules] : parts)
    if (joules > 0.004 * f.energy.total_j())
      components += fmt::format(" {} {:.0f}%", name, 100 * joules / f.energy.total_j());
  line(components);
  line(
      fmt::format("  power       chip and memory {:.2f} W, at most {:.2f} W; with board and cooling {:.2f} W",
                  get("average_power_w"), get("peak_power_w"), get("board_power_w")));
  line("  bound by");
  for (const auto& [name, share] : bounds(f))
    if (name != "throttled" || share > 0.0005)
      line(fmt::format("    {:<11} {:5.1f} %  {}", name, 100 * share, bar(share)));
  line(fmt::format("  memory      {} read, {} written, {:.0f} of {:.0f} GB/s; NoC {}",
                   shown(get("dram_bytes.read"), Dimension::bytes),
                   shown(get("dram_bytes.write"), Dimension::bytes), get("dram_bandwidth_bytes_per_s") * 1e-9,
                   get("dram_peak_bytes_per_s") * 1e-9, shown(get("noc_bytes"), Dimension::bytes)));
  line(fmt::format("  gradients   {:.1f} % of memory traffic, {:.1f} % of NoC traffic; ratio {:.2f} ({})",
                   100 * get("gradient_traffic_share"), 100 * get("gradient_noc_share"),
                   get("compression_ratio"), f.prepared.compression.source));
  if (f.experiment.compression.enabled) line(accuracy_line(f));
  line(temperatures(f));
  line(fmt::format("  throttling  {:.1f} % of the time, mean clock {:.0f} MHz{}",
                   100 * get("throttled_share"), get("mean_frequency_hz") * 1e-6,
                   get("refresh_raised_share") > 0
                       ? fmt::format(", refresh raised {:.1f} %", 100 * get("refresh_raised_share"))
                       : ""));
  if (f.observed.shut_down)
    line(fmt::format("  SHUT DOWN   {}; the figures above hold while it runs", f.observed.shutdown_reason));
  for (const std::string& note : notes(f)) line("  note        " + note);
  line(
      fmt::format("  audit       bulk against flit- and command-level engine: NoC {:.2f} %, DRAM {:.2f} % "
                  "({} trains, {} bursts){}",
                  100 * f.audit.noc_error, 100 * f.audit.dram_error, f.audit.trains, f.audit.bursts,
                  f.audit.error() > kBulkError ? "; above the 3 % that bulk should keep to" : ""));
  line(fmt::format("  run         {:.2f} s CPU, configuration {}", f.cpu_s, hash.substr(0, 8)));
  return t;
}

}  // namespace kiln::run
