// SPDX-License-Identifier: MIT
#include "report/supply.h"

#include "power/alpha.h"

namespace kiln::report {

using stats::ActivityKind;

Numbers supply_numbers(const Findings& f) {
  if (!f.step.supply) return {};
  const run::SupplyResponse& supply = *f.step.supply;
  const double voltage_v = f.step.signature.point().voltage_v;
  Numbers numbers{
      {"current_rise_a", supply.rise_a},
      {"lowest_v", supply.droop.lowest_v},
      {"droop_share", supply.droop.share},
      {"margin_v", (f.experiment.soc.rail->noise_limit - supply.noise_share(voltage_v)) * voltage_v}};
  if (supply.stretched) {
    numbers.emplace_back("droop_with_stretching_v", voltage_v - supply.stretched->lowest_v);
    numbers.emplace_back("guard_band_v", supply.stretched->guard_band_v);
    numbers.emplace_back("cycles_lost_share", supply.stretched->lost_share);
  }
  return numbers;
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
      if (power.is_core(b))
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
