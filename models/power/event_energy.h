// SPDX-License-Identifier: MIT
// Joules per counted event: E = E0 (V/V0)^2 on the core
// rail, E = E0 on rails of their own (DRAM, external I/O).
#pragma once

#include <array>

#include "lowering/cost/pe_registers.h"
#include "power/tech.h"
#include "stats/activity.h"
#include "stats/ledger.h"

namespace kiln::power {

/// A memory of `bytes` in banks of `bank_bytes`, one of which an access reaches.
struct SramShape {
  double bytes = 0;
  double bank_bytes = 0;
};

/// Sizes that an event's energy depends on and that the SoC, not the technology, decides.
struct EventGeometry {
  int flit_bits = 128;
  int virtual_channels = 2;
  int buffer_flits = 4;     ///< per virtual channel
  double router_ports = 1;  ///< over those of a mesh's router
  SramShape local_sram = {256 * 1024.0, 32 * 1024.0};
  SramShape accumulators = {32 * 1024.0, 32 * 1024.0};
  SramShape gradient_sram = {1024 * 1024.0, 128 * 1024.0};
  CpuClass host_core = CpuClass::in_order;  ///< and of the cores of an array that is a cluster of them
  bool memory_on_core = false;              ///< the memory is on the chip and on its core rail
  lowering::PeShape pe = {{1, 1, 1, 1, 1, 1, 1}};
};

/// False for the DRAM and the external interface, whose rails are most often their own.
bool follows_core_voltage(stats::ActivityKind kind);

/// Energy per bit of one read: bank and the wire from it to the memory's edge.
double sram_read_j_per_bit(const TechConfig& tech, const SramShape& sram);

/// One MAC of an array's processing element, without its clock: product, sum, register bits that change,
/// wire to the next element, and where the array is a cluster of cores its share of an instruction of `core`.
/// Formats that the array lacks cost as one lane.
double mac_j(const TechConfig& tech, const lowering::PeShape& pe, workload::Precision precision,
             CpuClass core = CpuClass::micro);
/// A cycle of the clock of one register bit with its part of the tree.
double register_clock_j(const TechConfig& tech);

/// All energies of one node and one geometry, computed once.
class EnergyTable {
 public:
  /// Throws base::SimError for a geometry without size.
  EnergyTable(const TechConfig& tech, const EventGeometry& geometry);

  /// As follows_core_voltage, and those of a memory that is on the core's rail.
  bool follows_core(stats::ActivityKind kind) const;
  double event_j(stats::ActivityKind kind, double voltage_v) const;
  /// Sum over all kinds of a ledger's counts.
  double activity_j(const stats::Counts& counts, double voltage_v) const;

 private:
  std::array<double, stats::kActivityKinds> nominal_j_{};
  double nominal_voltage_v_;
  bool memory_on_core_;
};

/// One event at one voltage, for the default or the given geometry. Loops want an EnergyTable.
double event_energy_j(const TechConfig& tech, stats::ActivityKind kind, double voltage_v,
                      const EventGeometry& geometry = {});

}  // namespace kiln::power
