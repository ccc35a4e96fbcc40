// SPDX-License-Identifier: MIT
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "base/error.h"
#include "output/encode.h"
#include "report/bit_errors.h"
#include "report/findings.h"
#include "report/metric_table.h"

namespace kiln::report {

namespace {

/// Most cells of the large tables are counts: written without a format string to parse.
void append_cell(std::string& row, std::int64_t count) {
  row += ',';
  row += std::to_string(count);
}

/// Columns of windows.csv that a block keeps from window to window: numbers are costly to write.
std::vector<std::string> block_columns(const Findings& f) {
  std::vector<std::string> text;
  const auto& blocks = f.prepared.plan.floorplan.blocks;
  for (std::size_t b = 0; b < blocks.size(); ++b)
    text.push_back(fmt::format("{},{},{},", output::csv_cell(blocks[b].name),
                               f.device.power().voltage_of(b, f.step.signature.point().voltage_v),
                               f.device.block_c(b)));
  return text;
}

std::vector<std::string> static_columns(const std::vector<double>& static_w, double dt) {
  std::vector<std::string> text;
  for (const double watts : static_w) text.push_back(fmt::format("{},", watts * dt));
  return text;
}

}  // namespace

std::vector<double> static_powers_w(const Findings& f) {
  const device::Device::StaticWatts watts = f.device.static_w(f.step.signature.point());
  std::vector<double> all;
  for (std::size_t b = 0; b < watts.clock.size(); ++b) all.push_back(watts.of(b));
  return all;
}

std::string windows_csv(const Findings& f) {
  std::string out = "begin_s,end_s,block,voltage_v,temperature_c,static_j,dynamic_j";
  for (const stats::Activity& activity : stats::activities()) out += fmt::format(",{}", activity.name);
  out += "\n";
  auto end = std::back_inserter(out);
  const std::vector<double> static_w = static_powers_w(f);
  const device::ChipPower& power = f.device.power();
  const sim::OperatingPoint& point = f.step.signature.point();
  const std::vector<std::string> of_block = block_columns(f);
  std::vector<std::string> of_length;
  base::TimePs length = -1;
  for (const stats::Window& window : f.step.record.windows) {
    if (window.end - window.begin != length) {
      length = window.end - window.begin;
      of_length = static_columns(static_w, base::to_seconds(length));
    }
    const std::string of_window =
        fmt::format("{},{},", base::to_seconds(window.begin), base::to_seconds(window.end));
    for (std::size_t b = 0; b < window.by_block.size(); ++b) {
      out.append(of_window).append(of_block[b]).append(of_length[b]);
      fmt::format_to(end, "{}", power.dynamic_j(b, window.by_block[b], point.voltage_v));
      for (const std::int64_t count : window.by_block[b]) append_cell(out, count);
      out += '\n';
    }
  }
  return out;
}

std::string energies_csv(const Findings& f) {
  const device::ChipPower& power = f.device.power();
  std::string out = "event,joules,nominal_voltage_v,rail,unit,component,meaning\n";
  for (const stats::Activity& activity : stats::activities())
    out += fmt::format("{},{},{},{},{},{},{}\n", activity.name,
                       power.event_j(activity.kind, power.nominal_voltage_v()), power.nominal_voltage_v(),
                       power.events().follows_core(activity.kind) ? "core" : "own", activity.unit,
                       stats::name(activity.component), output::csv_cell(activity.meaning));
  return out;
}

std::string area_csv(const Findings& f) {
  std::string out = "block,component,kind,mm2,source\n";
  const soc::ChipPlan& plan = f.prepared.plan;
  for (std::size_t b = 0; b < plan.parts.size(); ++b)
    for (const soc::AreaPart& part : plan.parts[b])
      out += fmt::format("{},{},{},{:.6g},{}\n", output::csv_cell(plan.floorplan.blocks[b].name),
                         output::csv_cell(part.component), soc::name(part.kind), part.m2 * 1e6,
                         output::csv_cell(part.source));
  return out;
}

std::string series_csv(const run::Observed& observed) {
  std::string out =
      "time_s,power_w,memory_power_w,cooling_w,cooling_drive,frequency_hz,refresh_rate,hottest_c,memory_c,"
      "skin_c,ambient_c\n";
  auto end = std::back_inserter(out);
  for (const device::PeriodRecord& p : observed.series.rows())
    fmt::format_to(end, "{},{},{},{},{},{},{},{},{},{},{}\n", p.time_s, p.power_w(), p.memory_power_w,
                   p.cooling_j / p.dt_s, p.cooling_drive, p.frequency_hz, p.refresh_rate, p.hottest_c,
                   p.memory_c, std::isnan(p.skin_c) ? std::string() : fmt::format("{}", p.skin_c),
                   p.ambient_c);
  return out;
}

std::string stats_json(const Findings& f, const std::vector<MeasuredNumber>& numbers) {
  // What the SystemC models counted in the reported step, then what the run concluded from it.
  std::vector<stats::Sample> samples = f.step.metrics;
  for (const std::vector<stats::Sample>& more : {link_wear(f), bit_error_samples(f)})
    samples.insert(samples.end(), more.begin(), more.end());
  for (const MeasuredNumber& number : numbers)
    samples.push_back({"run." + number.key, std::string(number.metric->unit),
                       std::string(number.metric->meaning), number.value});
  return stats::to_json(samples);
}

std::string power_ptrace(const Findings& f) {
  std::string out;
  auto end = std::back_inserter(out);
  const std::vector<double> static_w = static_powers_w(f);
  const device::ChipPower& power = f.device.power();
  const sim::OperatingPoint& point = f.step.signature.point();
  for (const thermal::Block& block : f.prepared.plan.floorplan.blocks)
    fmt::format_to(end, "{}{}", out.empty() ? "" : "\t", thermal::flp_name(block));
  out += '\n';
  for (const stats::Window& window : f.step.record.windows) {
    const double dt = base::to_seconds(window.end - window.begin);
    if (dt <= 0) continue;
    std::vector<double> block_w(window.by_block.size());
    for (std::size_t b = 0; b < block_w.size(); ++b)
      block_w[b] = power.dynamic_j(b, window.by_block[b], point.voltage_v) / dt + static_w[b];
    if (const int regulators = f.device.regulator_block(); regulators >= 0)
      block_w[static_cast<std::size_t>(regulators)] =
          f.device.regulator_w(f.device.rail_load(block_w, point));
    for (std::size_t b = 0; b < block_w.size(); ++b)
      fmt::format_to(end, "{}{:.6g}", b == 0 ? "" : "\t", block_w[b]);
    out += '\n';
  }
  return out;
}

std::string thermal_ttrace(const Findings& f) {
  std::string names, values;
  for (std::size_t b = 0; b < f.observed.peak_block_c.size(); ++b) {
    names += fmt::format("{}{}", b == 0 ? "" : "\t", thermal::flp_name(f.prepared.plan.floorplan.blocks[b]));
    values += fmt::format("{}{:.2f}", b == 0 ? "" : "\t", f.device.block_c(b) + 273.15);
  }
  return names + "\n" + values + "\n";
}

}  // namespace kiln::report
