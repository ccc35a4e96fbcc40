// SPDX-License-Identifier: MIT
#include "report/supply.h"

#include "dram/eye.h"
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
  if (supply.late_share() > 0) numbers.emplace_back("late_mac_share", supply.late_share());
  return numbers;
}

Numbers memory_supply_numbers(const Findings& f) {
  if (!f.step.memory_supply) return {};
  const run::MemorySupply& supply = *f.step.memory_supply;
  const soc::MemoryConfig& memory = f.experiment.soc.memory;
  const double clean_ui = dram::clean_shift_ui(memory.rail->eye),
               lowest_v = dram::supply_range(memory.dram.standard).lowest_v;
  return {{"current_rise_a", supply.rise_a},
          {"lowest_v", supply.droop.lowest_v},
          {"droop_share", supply.droop.share},
          {"margin_v", supply.droop.lowest_v - lowest_v},
          {"shift_ui", supply.shift_ui},
          {"eye_margin_ui", clean_ui - supply.shift_ui},
          {"wrong_bit_share", supply.droop.wrong_share},
          {"clock_share", supply.clock_share}};
}

double late_macs(const run::SimulatedStep& step) {
  return step.supply ? step.supply->late_share() * static_cast<double>(step.record.macs) : 0;
}

void judge_memory_supply(const Findings& f, Validity& found) {
  if (!f.step.memory_supply) return;
  const run::MemorySupply& supply = *f.step.memory_supply;
  const soc::MemoryConfig& memory = f.experiment.soc.memory;
  const dram::SupplyRange range = dram::supply_range(memory.dram.standard);
  if (supply.droop.lowest_v < range.lowest_v)
    found.add(
        "memory_voltage", Severity::warn, supply.droop.lowest_v, range.lowest_v, "soc.memory.rail",
        fmt::format("the memory's voltage falls to {:.3f} V, its standard allows {:.3f} V: the device is "
                    "not specified there; more decoupling or a smaller load line",
                    supply.droop.lowest_v, range.lowest_v));
  const double clean_ui = dram::clean_shift_ui(memory.rail->eye);
  if (supply.shift_ui > clean_ui)
    found.add("memory_eye", Severity::warn, supply.shift_ui, clean_ui, "soc.memory.rail.eye",
              fmt::format("droops of the memory's rail shift data by {:.2g} of a bit, its eye has room for "
                          "{:.2g}: {:.2g} of the bits moved are wrong; more decoupling, a lower "
                          "soc.memory.dram.clock{}",
                          supply.shift_ui, clean_ui, supply.droop.wrong_share,
                          memory.rail->answer == soc::DroopAnswer::slower_clock
                              ? ": training found no clean eye down to the clock it settled at"
                              : ", or training that finds a clean one (answer: slower_clock)"));
  if (supply.clock_share < 1)
    found.add("memory_clock_trained", Severity::note, supply.clock_share, 1, "soc.memory.rail",
              fmt::format("training leaves {:.1f} % of the memory's clock for a clean eye",
                          100 * supply.clock_share));
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
