// SPDX-License-Identifier: MIT
// Joules, area and wear of routers and links from counted events.
#pragma once

#include "noc/noc_config.h"

namespace kiln::noc {

/// Energy of one router and the links it drives over some time.
struct NocEnergy {
  double buffer_write_j = 0, buffer_read_j = 0, crossbar_j = 0, arbitration_j = 0;
  double link_j = 0, clock_j = 0, leakage_j = 0;

  double dynamic_j() const {
    return buffer_write_j + buffer_read_j + crossbar_j + arbitration_j + link_j + clock_j;
  }
  double total_j() const { return dynamic_j() + leakage_j; }
  NocEnergy& operator+=(const NocEnergy& other);
};

/// Voltage of the network's domain and temperature of the router's block.
struct NocConditions {
  double voltage_v = 0.8;
  double temperature_c = 66.85;
};

/// Energy per event at reference conditions for this network's flit width and buffers. Width scales linearly;
/// buffers, leakage and area follow powers of the buffered flits fitted to DSENT's 2x4 and 4x8 routers, which
/// hold within 5 % at 45, 32, 22 and 11 nm. Crossbar, arbiters, clock,
/// leakage and area scale with the ports over those of a mesh's router; wires count by their length in tiles.
/// Dynamic energy goes with the square of the voltage; leakage with the voltage and doubles every
/// `leakage_doubling`.
class NocEnergyModel {
 public:
  NocEnergyModel(const NocConfig& config, const EnergyConfig& energy);

  NocEnergy energy(const RouterActivity& activity, double cycles, double seconds,
                   const NocConditions& at) const;
  /// One flit through a router, without clock and leakage, at reference voltage.
  double router_flit_j() const {
    return per_flit_.buffer_write_j + per_flit_.buffer_read_j + per_flit_.crossbar_j +
           per_flit_.arbitration_j;
  }
  double link_flit_j() const { return per_flit_.link_j; }
  double leakage_w(const NocConditions& at) const;
  double router_area_m2() const { return area_m2_; }

  /// Black's equation: mean time to failure of a link's wires relative to one that carries a flit every cycle
  /// at reference voltage, clock and temperature. An idle link does not wear: infinity.
  double relative_mttf(double flits_per_cycle, double clock_hz, const NocConditions& at) const;

 private:
  NocConfig config_;
  EnergyConfig events_;
  NocEnergy per_flit_;  ///< at reference voltage; clock_j per cycle
  double leakage_w_;
  double area_m2_;
};

}  // namespace kiln::noc
