// SPDX-License-Identifier: MIT
// P = alpha C V^2 f as a cross-check on the counted energy: alpha is what simulated activity amounts to.
#pragma once

#include "power/event_energy.h"

namespace kiln::power {

/// C of a block, in farad: the charge its busiest cycle moves, E_cycle / V0^2. `peak_per_cycle` holds the
/// events of that cycle, indexed by ActivityKind; only core-rail events count.
double switched_capacitance_f(const EnergyTable& table, const stats::Counts& peak_per_cycle,
                              double nominal_voltage_v);

/// Activity factor in [0, 1] if the peak is one: dynamic
/// power / (C V^2 f). 0 for a block without capacitance.
double activity_factor(double dynamic_power_w, double capacitance_f, double voltage_v, double frequency_hz);

}  // namespace kiln::power
