// SPDX-License-Identifier: MIT
// Joules per counted event: E = E0 (V/V0)^2 on the core
// rail, E = E0 on rails of their own (DRAM, external I/O).
#pragma once

#include <array>

#include "power/tech.h"
#include "stats/activity.h"
#include "stats/ledger.h"

namespace kiln::power {

/// Sizes that an event's energy depends on and that the SoC, not the technology, decides.
struct EventGeometry {
  int flit_bits = 128;
  int virtual_channels = 2;
  int buffer_flits = 4;                    ///< per virtual channel
  double local_sram_bytes = 256 * 1024.0;  ///< of the macro one access reaches: the bank, where it is banked
  double gradient_sram_bytes = 128 * 1024.0;
};

/// False for the DRAM and the external interface, whose rails are their own.
bool follows_core_voltage(stats::ActivityKind kind);

/// Energy per bit of one read of a memory of this capacity. Log-log between the given points; below
/// the first point it is the first point's (decoder and sense amplifiers remain), above the last the
/// last slope goes on.
double sram_read_j_per_bit(const SramEnergyConfig& sram, double capacity_bytes);

/// All energies of one node and one geometry, computed once.
class EnergyTable {
 public:
  /// Throws base::SimError for a geometry without size.
  EnergyTable(const TechConfig& tech, const EventGeometry& geometry);

  double event_j(stats::ActivityKind kind, double voltage_v) const;
  /// Sum over all kinds of a ledger's counts.
  double activity_j(const stats::Counts& counts, double voltage_v) const;

 private:
  std::array<double, stats::kActivityKinds> nominal_j_{};
  double nominal_voltage_v_;
};

/// One event at one voltage, for the default or the given geometry. Loops want an EnergyTable.
double event_energy_j(const TechConfig& tech, stats::ActivityKind kind, double voltage_v,
                      const EventGeometry& geometry = {});

}  // namespace kiln::power
