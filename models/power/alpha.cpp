// SPDX-License-Identifier: MIT
#include "power/alpha.h"

namespace kiln::power {

double switched_capacitance_f(const EnergyTable& table, const stats::Counts& peak_per_cycle,
                              double nominal_voltage_v) {
  double energy_j = 0;
  for (std::size_t i = 0; i < stats::kActivityKinds; ++i) {
    const auto kind = static_cast<stats::ActivityKind>(i);
    if (follows_core_voltage(kind))
      energy_j += static_cast<double>(peak_per_cycle[i]) * table.event_j(kind, nominal_voltage_v);
  }
  return energy_j / (nominal_voltage_v * nominal_voltage_v);
}

double activity_factor(double dynamic_power_w, double capacitance_f, double voltage_v, double frequency_hz) {
  const double full_w = capacitance_f * voltage_v * voltage_v * frequency_hz;
  return full_w > 0 ? dynamic_power_w / full_w : 0;
}

}  // namespace kiln::power
