// SPDX-License-Identifier: MIT
// Power that flows whether or not work is done: leakage(V, T) and the clock tree.
//
//   leakage = sum over logic, SRAM, PHY of area * density * (V/V0)^n_v * [ (1-g) exp(b (T - T0)) + g ]
//   clock   = flip-flops of the logic * clocked share * energy per cycle * f * (V/V0)^2, reduced in a
//             clock-gated block; registers of a MAC array are counted by its cycles (event_energy.h), here
//             stays what their gated clock draws
#pragma once

#include <cmath>
#include <limits>

#include "power/area.h"
#include "power/tech.h"

namespace kiln::power {

enum class BlockType { npu, sram, noc, memory_controller, cpu, io, dram_die, regulator };

/// active: clocked and powered. clock_gated: powered, its
/// clock stopped at the root. power_gated: rail switched off.
enum class PowerState { active, clock_gated, power_gated };
std::span<const config::EnumName<PowerState>> enum_names(const PowerState*);

/// Leakage of one block at a fixed voltage: amplitude exp(slope (T - T0)) + floor.
struct LeakageLaw {
  double amplitude_w = 0;
  double slope_per_k = 0;
  double floor_w = 0;
  double reference_c = 0;

  double thermal_w(double temperature_c) const {
    return amplitude_w * std::exp(slope_per_k * (temperature_c - reference_c));
  }
  double power_w(double temperature_c) const { return thermal_w(temperature_c) + floor_w; }
  /// For the linearised feedback and the loop gain.
  double slope_w_per_k(double temperature_c) const { return slope_per_k * thermal_w(temperature_c); }
};

/// A leakage law asked again and again while temperatures drift: around the last temperature at which it was
/// worked out it is taken for a parabola, which stays within 1e-5 of it.
class FollowedLeakage {
 public:
  explicit FollowedLeakage(const LeakageLaw& law) : law_(law) {}
  const LeakageLaw& law() const { return law_; }

  double power_w(double temperature_c) {
    double step = law_.slope_per_k * (temperature_c - around_c_);
    if (!(std::abs(step) < kNear)) {
      around_c_ = temperature_c;
      around_w_ = law_.thermal_w(temperature_c);
      step = 0;
    }
    return around_w_ * (1 + step * (1 + 0.5 * step)) + law_.floor_w;
  }

 private:
  static constexpr double kNear = 0.035;  // what is left out of exp(step) is step^3 / 6

  LeakageLaw law_;
  double around_c_ = std::numeric_limits<double>::quiet_NaN(), around_w_ = 0;
};

/// Regulators draw nothing here: their loss is computed from what they deliver (board.h). A DRAM die's figure
/// is its standby power (its rail is its own: `voltage_v` plays no part), its gated states are self refresh.
LeakageLaw leakage_law(const TechConfig& tech, BlockType type, const BlockArea& area, double voltage_v,
                       PowerState state);

/// The clock tree at `frequency_hz`. Zero for a DRAM die (part of its standby) and when power-gated.
double idle_w(const TechConfig& tech, BlockType type, const BlockArea& area, double voltage_v,
              double frequency_hz, PowerState state);

}  // namespace kiln::power
