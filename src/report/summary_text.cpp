// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include "base/units.h"
#include "report/band_text.h"
#include "report/delivery.h"
#include "report/figures.h"
#include "report/limited_parts.h"
#include "report/memory_use.h"
#include "report/throughput.h"
#include "workload/expert_load.h"

namespace kiln::report {

namespace {

using base::Dimension;

std::string shown(double value, Dimension dimension) {
  return base::display_quantity(value, dimension);
}

std::string band(const Findings& f, const char* key, double value) {
  return band_text(f.uncertainty.intervals, key, value);
}

/// As many digits as the band leaves: two where it is wider than a tenth.
double rounded(const Findings& f, const char* key, double value) {
  if (value <= 0) return value;
  const Interval interval = f.uncertainty.of(key, value);
  if (interval.high - interval.low < 0.2 * value) return value;
  const double unit = std::pow(10.0, std::floor(std::log10(value)) - 1);
  return std::round(value / unit) * unit;
}

std::string bar(double share) {
  std::string text;
  text.append(static_cast<std::size_t>(std::lround(std::clamp(share, 0.0, 1.0) * 20)), '#');
  return text;
}

/// "die 12.3 mm2: logic 3.1 array 2.0 sram 4.2 phy 1.0 spare 2.0; clocks 27 % of its energy"
std::string area_line(const Findings& f) {
  const double area_m2 = f.prepared.plan.die_area_m2;
  std::string text = fmt::format("  die         {:.3g} mm2{}:", 1e6 * rounded(f, "die_area_m2", area_m2),
                                 band(f, "die_area_m2", area_m2));
  for (const auto& [kind, m2] : figures::area_by_kind(f)) text += fmt::format(" {} {:.2g}", kind, m2 * 1e6);
  return text + fmt::format("; clocks {:.0f} % of its energy", 100 * figures::clock_share(f));
}

std::string accuracy_line(const Findings& f) {
  const auto work = figures::work_to_accuracy(f);
  if (!work)
    return "  accuracy    what the codec costs in steps is not known; give compression.work_to_accuracy";
  const std::string over_seeds =
      work->low < work->high ? fmt::format(" ({:.2f} to {:.2f})", work->low, work->high) : "";
  return fmt::format("  accuracy    {:.2f}{} steps teach what one does without compression: {}, {} ({})",
                     work->steps, over_seeds, shown(work->steps * f.step_time_s, Dimension::time),
                     shown(work->steps * f.energy.total_j(), Dimension::energy),
                     figures::work_to_accuracy_source(f));
}

std::string experts_line(const workload::ExpertLoad& load) {
  return fmt::format(
      "  experts     drop {:.1f} % of the tokens' rows; {:.1f} % of those they compute are empty",
      100 * load.dropped_share(), 100 * load.empty_share());
}

/// By phase, and by component from the largest.
std::string energy_lines(const Findings& f) {
  std::string by_phase = "  energy     ";
  double apart = f.energy.total_j();
  for (const auto& [name, joules] : f.energy.by_phase_j) {
    by_phase += fmt::format(" {} {}", name, shown(joules, Dimension::energy));
    apart -= joules;
  }
  by_phase += fmt::format("; board and cooling {}\n", shown(apart, Dimension::energy));
  std::vector<std::pair<std::string, double>> parts = f.energy.by_component_j;
  std::stable_sort(parts.begin(), parts.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  const double total_j = f.energy.total_j();
  std::string components =
      fmt::format("  {}{} per step:", shown(rounded(f, "energy_j", total_j), Dimension::energy),
                  band(f, "energy_j", total_j));
  for (const auto& [name, joules] : parts)
    if (joules > 0.004 * f.energy.total_j())
      components += fmt::format(" {} {:.0f}%", name, 100 * joules / f.energy.total_j());
  return by_phase + components;
}

/// "bands      by constants: clock gating 41 %, leakage 20 %, ..."
std::string causes_line(const Findings& f) {
  std::string text = "  bands      ";
  for (std::size_t i = 0; i < std::min<std::size_t>(4, f.uncertainty.causes.size()); ++i)
    text += fmt::format("{} {} {:.0f} %", i == 0 ? "" : ",", f.uncertainty.causes[i].first,
                        100 * f.uncertainty.causes[i].second);
  return text + " of the variance of the energy";
}

/// The state, and what speaks against it.
std::string validity_lines(const Validity& validity) {
  std::string text = fmt::format("  validity    {}", validity.state());
  for (const ValidityFinding& finding : validity.findings)
    text += fmt::format("\n    {:<9} {}: {}",
                        finding.severity == Severity::invalid ? "INVALID" : name(finding.severity),
                        finding.where, finding.text);
  return text;
}

std::string repeated_line(const soc::Repeated& repeated) {
  return fmt::format(
      "  repeated    {:.0f} % of the step: blocks of layers equal to others, which were simulated and agree "
      "to {:.2f} % of it",
      100 * repeated.share, 100 * repeated.error);
}

/// What is simulated exactly needs no audit.
std::string audit_line(const Findings& f) {
  const sim::Fidelities& fidelity = f.experiment.run.fidelity;
  const auto part = [](const char* name, sim::Fidelity how, double error) {
    return how == sim::Fidelity::exact ? fmt::format("{} exact", name)
                                       : fmt::format("{} {:.2f} %", name, 100 * error);
  };
  std::string text = fmt::format("  audit       bulk against flit- and command-level engine: {}, {}",
                                 part("NoC", fidelity.network, f.audit.noc_error),
                                 part("DRAM", fidelity.memory, f.audit.dram_error));
  if (fidelity == sim::Fidelities{sim::Fidelity::exact, sim::Fidelity::exact})
    return "  fidelity    memory command by command, network flit by flit; nothing left to audit";
  return text + fmt::format(" off; of the step {:.2f} % ({} trains, {} bursts)",
                            100 * figures::audit_error(f), f.audit.trains, f.audit.bursts);
}

/// "data, whole samples; slower or dearer: data, rows cut +19.2 % time, +3.1 % energy; channel at least +60 %
/// time"
std::string mapping_line(const Findings& f) {
  const run::TriedWay& best = f.mapping.ways[f.mapping.chosen];
  std::string text = "  mapping     " + experiment::text_of(best.way, f.prepared.target.tiles);
  if (!best.price) return text;
  const auto more = [](double value, double than) { return 100 * (value / than - 1); };
  std::string_view separator = "; slower or dearer: ";
  for (const run::TriedWay& tried : f.mapping.ways) {
    if (&tried == &best) continue;
    text += std::exchange(separator, "; ");
    text += experiment::text_of(tried.way, f.prepared.target.tiles);
    if (!tried.fits)
      text += " does not fit";
    else if (tried.price)
      text += fmt::format(" {:+.1f} % time, {:+.1f} % energy", more(tried.price->time, best.price->time),
                          more(tried.price->energy, best.price->energy));
    else
      text += fmt::format(" at least {:+.0f} % time", more(tried.least_s, best.price->time));
  }
  return text;
}

/// "tokens      697 tokens/s   11.2 mJ/token" of a language model, or nothing.
std::string tokens_line(const Findings& f) {
  const std::optional<double> rate = figures::tokens_per_s(f), energy = figures::energy_per_token_j(f);
  if (!rate || !energy) return "";
  return fmt::format("  tokens      {:.4g} tokens/s   {} per token", *rate,
                     shown(*energy, Dimension::energy));
}

}  // namespace

std::string summary_text(const Findings& f, const std::string& hash) {
  const workload::StepGraph& graph = f.prepared.graph;
  const soc::TrafficTotals& traffic = f.step.record.traffic;
  std::string t;
  const auto line = [&](const std::string& text) { t += text + "\n"; };
  line(fmt::format("{}: {} on {}, batch {}{}, {:.0f} MHz at {:.3f} V, ambient {:.0f} degC", f.experiment.name,
                   graph.network, f.experiment.soc.name, graph.batch,
                   graph.micro_batches > 1 ? fmt::format(" x {}", graph.micro_batches) : "",
                   f.observed.point.frequency_hz * 1e-6, f.observed.point.voltage_v,
                   f.experiment.environment.ambient_c));
  line(fmt::format(
      "  step        {}   {:.1f} samples/s   {:.2f} samples/J   {:.3g} of {:.3g} TOPS ({}; {:.0f} in INT4)",
      shown(f.step_time_s, Dimension::time), figures::samples_per_s(f), figures::samples_per_joule(f),
      figures::achieved_tops(f), figures::peak_tops_of_step(f), figures::mac_formats(f),
      figures::peak_tops(f, workload::Precision::int4)));
  if (const std::string changed = throughput_text(f); !changed.empty()) line("  throughput  " + changed);
  if (const std::string tokens = tokens_line(f); !tokens.empty()) line(tokens);
  std::string phases = "  phases     ";
  for (const auto& [name, time_s] : figures::phase_times_s(f))
    phases += fmt::format(" {} {}", name, shown(time_s, Dimension::time));
  line(phases);
  line(mapping_line(f));
  line(energy_lines(f));
  line(fmt::format(
      "  power       chip and memory {:.3g} W{}, at most {:.3g} W; with board and cooling {:.3g} W{}",
      rounded(f, "average_power_w", figures::average_power_w(f)),
      band(f, "average_power_w", figures::average_power_w(f)),
      rounded(f, "peak_power_w", f.observed.peak_power_w),
      rounded(f, "board_power_w", figures::board_power_w(f)),
      band(f, "board_power_w", figures::board_power_w(f))));
  if (f.device.supply().delivery()) line("  delivery    " + delivery_text(f));
  line("  bound by");
  for (const auto& [name, share] : figures::bounds(f))
    if (name != "throttled" || share > 0.0005)
      line(fmt::format("    {:<11} {:5.1f} %  {}", name, 100 * share, bar(share)));
  line(fmt::format("  memory      {} read, {} written, {:.0f} of {:.0f} GB/s; NoC {}",
                   shown(static_cast<double>(traffic.dram_read), Dimension::bytes),
                   shown(static_cast<double>(traffic.dram_write), Dimension::bytes),
                   figures::dram_bandwidth(f) * 1e-9, figures::dram_peak_bandwidth(f) * 1e-9,
                   shown(static_cast<double>(traffic.noc_wire), Dimension::bytes)));
  line("  in memory   " + memory_text(f));
  line(fmt::format("  gradients   {:.1f} % of memory traffic, {:.1f} % of NoC traffic; ratio {:.2f} ({})",
                   100 * figures::gradient_traffic_share(f), 100 * figures::gradient_noc_share(f),
                   f.prepared.compression.ratio(), f.prepared.compression.source));
  if (const auto load = workload::expert_load(f.prepared.graph)) line(experts_line(*load));
  if (f.experiment.compression.enabled) line(accuracy_line(f));
  line(area_line(f));
  line("  hottest     " + temperatures_text(f));
  line("  headroom    " + headroom_text(f));
  line(fmt::format("  throttling  {:.1f} % of the time, mean clock {:.0f} MHz{}",
                   100 * figures::throttled_share(f), figures::mean_frequency_hz(f) * 1e-6,
                   figures::refresh_raised_share(f) > 0
                       ? fmt::format(", refresh raised {:.1f} %", 100 * figures::refresh_raised_share(f))
                       : ""));
  if (!f.uncertainty.causes.empty()) line(causes_line(f));
  for (const std::string& note : figures::notes(f)) line("  note        " + note);
  if (f.step.record.repeated.share > 0) line(repeated_line(f.step.record.repeated));
  line(audit_line(f));
  line(validity_lines(f.validity));
  line(fmt::format("  run         {:.2f} s CPU, configuration {}", f.cpu_s, hash.substr(0, 8)));
  return t;
}

}  // namespace kiln::report
