// SPDX-License-Identifier: MIT
// Power that flows whether or not work is done: leakage(V, T) and the clock tree.
//
//   leakage = area * density * (V/V0)^n_v * [ (1-g) exp(b (T - T0)) + g ]
//   clock   = area * density_at_1_GHz * f * (V/V0)^2, reduced in a clock-gated block
#pragma once

#include "power/tech.h"

namespace kiln::power {

enum class BlockType { npu, sram, noc, memory_controller, cpu, io, dram_die };

/// active: clocked and powered. clock_gated: powered, its clock stopped at the root. power_gated: rail
/// switched off.
enum class PowerState { active, clock_gated, power_gated };

/// A DRAM die's figure is its standby power (its rail is its own: `voltage_v` plays no part), its gated
/// states are self refresh.
double leakage_w(const TechConfig& tech, BlockType type, double area_m2, double voltage_v,
                 double temperature_c, PowerState state);

/// d(leakage)/dT, for the linearised feedback and the loop gain.
double leakage_slope_w_per_k(const TechConfig& tech, BlockType type, double area_m2, double voltage_v,
                             double temperature_c, PowerState state);

/// The clock tree at `frequency_hz`. Zero for a DRAM die (part of its standby) and when power-gated.
double idle_w(const TechConfig& tech, BlockType type, double area_m2, double voltage_v, double frequency_hz,
              PowerState state);

}  // namespace kiln::power
