// SPDX-License-Identifier: MIT
#include "report/supply.h"

#include <algorithm>

#include "pdn/adaptive_clock.h"
#include "pdn/rail.h"
#include "power/alpha.h"

namespace kiln::report {

using stats::ActivityKind;

namespace {

/// Phases change within a cycle, so the load steps from one window's mean to the next one's. The slowest
/// resonance of board and regulator settles within this time; the die's own needs the fine samples.
constexpr double kLookAhead_s = 20e-6, kSample_s = 1e-9;

bool on_core_rail(const device::ChipPower& power, std::size_t block) {
  return power.type(block) == power::BlockType::npu || power.type(block) == power::BlockType::sram ||
         power.type(block) == power::BlockType::noc;
}

struct CurrentStep {
  double before_a = 0, after_a = 0;
};

CurrentStep worst_rise(const Findings& f) {
  const device::ChipPower& power = f.device.power();
  const sim::OperatingPoint& point = f.step.signature.point();
  const device::Device::StaticWatts watts = f.device.static_w(point);
  double idle_w = 0;
  for (std::size_t b = 0; b < power.blocks(); ++b)
    if (on_core_rail(power, b)) idle_w += watts.of(b);
  const double idle_a = idle_w / point.voltage_v;
  CurrentStep worst{idle_a, idle_a};
  double last_a = idle_a;
  for (const stats::Window& window : f.step.record.windows) {
    const double dt_s = base::to_seconds(window.end - window.begin);
    if (dt_s <= 0) continue;
    double joules = 0;
    for (std::size_t b = 0; b < power.blocks(); ++b)
      if (on_core_rail(power, b)) joules += power.dynamic_j(b, window.by_block[b], point.voltage_v);
    const double now_a = (joules / dt_s + idle_w) / point.voltage_v;
    if (now_a - last_a > worst.after_a - worst.before_a) worst = {last_a, now_a};
    last_a = now_a;
  }
  return worst;
}

}  // namespace

Numbers supply_numbers(const Findings& f) {
  const soc::SocConfig& soc = f.experiment.soc;
  if (!soc.rail) return {};
  pdn::RailConfig config = *soc.rail;
  config.voltage_v = f.step.signature.point().voltage_v;
  const pdn::Rail rail(config);
  const CurrentStep rise = worst_rise(f);
  const pdn::Droop droop = rail.droop(rise.before_a, rise.after_a, kLookAhead_s, kSample_s);
  const pdn::StretchReport stretched =
      pdn::stretch_through(rail, soc.adaptive_clock, rise.before_a, rise.after_a, kLookAhead_s, kSample_s);
  return {{"current_rise_a", rise.after_a - rise.before_a},
          {"lowest_v", droop.lowest_v},
          {"droop_share", droop.share},
          {"margin_share", config.noise_limit - droop.share},
          {"droop_with_stretching_v", config.voltage_v - stretched.lowest_v},
          {"guard_band_v", stretched.guard_band_v},
          {"cycles_lost_share", stretched.lost_share}};
}

Numbers activity_factors(const Findings& f) {
  const device::ChipPower& power = f.device.power();
  const soc::SocConfig& soc = f.experiment.soc;
  const sim::OperatingPoint& point = f.step.signature.point();
  const workload::Precision precision = f.experiment.training.precision.forward;
  const double tiles = soc.count(soc::UnitKind::npu);
  const double word_bytes = workload::bits_of(precision) / 8.0;
  stats::Counts busiest{};
  const auto set = [&](ActivityKind kind, double count) {
    busiest[static_cast<std::size_t>(kind)] = static_cast<std::int64_t>(count);
  };
  set(npu::mac_kind(precision), tiles * soc.npu.peak_macs_per_cycle(precision));
  set(ActivityKind::register_bit_cycle, tiles * soc.npu.register_bits()[lowering::format_index(precision)]);
  set(ActivityKind::local_sram_read_byte, tiles * (soc.npu.rows + soc.npu.cols) * word_bytes);
  set(ActivityKind::local_sram_write_byte, tiles * soc.npu.cols * f.prepared.target.accumulator_bytes);
  const double capacitance_f =
      power::switched_capacitance_f(power.events(), busiest, power.nominal_voltage_v());

  std::vector<double> joules(npu::kPhases, 0.0);
  for (const auto& [work, blocks] : f.step.record.by_layer_and_phase)
    for (std::size_t b = 0; work.second >= 0 && b < blocks.size(); ++b)
      if (on_core_rail(power, b))
        joules[static_cast<std::size_t>(work.second)] += power.dynamic_j(b, blocks[b], point.voltage_v);
  Numbers numbers;
  for (std::size_t p = 0; p < npu::kPhases; ++p) {
    const double time_s = f.step.record.exclusive_s[p];
    const double watts = time_s > 0 ? joules[p] / time_s : 0;
    numbers.emplace_back(kPhaseNames[p],
                         power::activity_factor(watts, capacitance_f, point.voltage_v, point.frequency_hz));
  }
  return numbers;
}

}  // namespace kiln::report
