// SPDX-License-Identifier: MIT
#include "soc/area.h"

#include "base/error.h"
#include "noc/topology.h"

namespace kiln::soc {

namespace {

// Gates of a core without caches; estimates from published cores: RI5CY 40 to 70 k, Ariane 210 k with its
// floating-point unit, Cortex-A55 and -A78 from die photographs.
constexpr double kMicroGates = 60e3, kInOrderGates = 1e6, kOutOfOrderGates = 6e6;
constexpr double kSerdesPhy_m2 = 0.48e-6;   // PCIe 4.0 lane (LLMCompass cost model)
constexpr double kSerdesTransistors = 4e6;  // the same
constexpr double kPads_m2 = 0.05e-6;        // estimate: eight pads of 60 x 100 um
constexpr double kIoGates = 100e3;          // estimate: bridge and buffers
// Of a memory that all units share, tags, switches and wires over its macros: 128 MiB of a 7 nm datacentre
// die take 9.6 Mb/mm2 (2.7 to 18 are published), macros alone 18.
constexpr double kSharedFactor = 1.9;
constexpr double kRouterFactor =
    1.25;  // of a mesh, crossbar and allocators over buffers: DSENT 11 nm, 4 VC x 8 x 16 B

constexpr const char* kCells = "bits x cell / efficiency";
constexpr const char* kGates = "gates x NAND2 / utilisation";

double cpu_gates(power::CpuClass core) {
  switch (core) {
    case power::CpuClass::micro:
      return kMicroGates;
    case power::CpuClass::in_order:
      return kInOrderGates;
    case power::CpuClass::out_of_order:
      return kOutOfOrderGates;
  }
  throw base::SimError("area: not a class of cores");
}

void add(AreaParts& parts, const char* component, Silicon kind, double m2, const char* source) {
  if (m2 > 0) parts.push_back({component, kind, m2, source});
}

AreaParts tile_parts(const SocConfig& soc) {
  const power::TechConfig& tech = soc.tech;
  const npu::NpuConfig& npu = soc.npu;
  AreaParts parts;
  add(parts, "processing elements", Silicon::array,
      npu.rows * static_cast<double>(npu.cols) * power::pe_area_m2(tech, npu.pe()),
      "gates and registers by format, edges and distribution x 1.5");
  add(parts, "vector lanes", Silicon::logic, npu.vector_lanes * power::vector_lane_area_m2(tech), kGates);
  add(parts, "sparsity lanes", Silicon::logic, soc.sparsity.lanes * power::sparsity_lane_area_m2(tech),
      kGates);
  add(parts, "local SRAM", Silicon::sram,
      power::sram_area_m2(tech, static_cast<double>(npu.local_sram_bytes)), kCells);
  add(parts, "accumulators", Silicon::sram,
      power::sram_area_m2(tech, static_cast<double>(npu.accumulator_sram_bytes)), kCells);
  add(parts, "DMA, control, wiring", Silicon::logic, (soc.area.tile_overhead - 1) * block_area(parts).total(),
      "share of the tile, soc.area.tile_overhead");
  return parts;
}

AreaParts memory_parts(const SocConfig& soc) {
  const dram::DramConfig& dram = soc.memory.dram;
  const double channels =
      static_cast<double>(dram.organisation.channels) / std::max(1, soc.count(UnitKind::memory));
  AreaParts parts;
  add(parts, "PHY", Silicon::phy, channels * dram.phy.area_m2, "of the memory type, per channel");
  add(parts, "controller", Silicon::logic,
      channels * power::transistors_area_m2(soc.tech, dram.phy.controller_transistors),
      "transistors of the memory type, per channel");
  // A memory on the chip still has its port.
  add(parts, "port", Silicon::logic, power::gates_area_m2(soc.tech, kIoGates), kGates);
  return parts;
}

AreaParts host_parts(const SocConfig& soc) {
  AreaParts parts;
  add(parts, "cores", Silicon::logic,
      soc.host.cores * power::gates_area_m2(soc.tech, cpu_gates(soc.host.core)), kGates);
  add(parts, "caches", Silicon::sram,
      power::sram_area_m2(soc.tech, static_cast<double>(soc.host.cache_bytes)), kCells);
  return parts;
}

AreaParts io_parts(const SocConfig& soc) {
  AreaParts parts;
  const bool serdes = soc.io.interface == IoInterface::serdes;
  add(parts, serdes ? "SerDes" : "pads", Silicon::phy, soc.io.lanes * (serdes ? kSerdesPhy_m2 : kPads_m2),
      serdes ? "PCIe 4.0 lane" : "eight pads a lane");
  add(parts, "controller", Silicon::logic,
      power::gates_area_m2(soc.tech, kIoGates) +
          (serdes ? soc.io.lanes * power::transistors_area_m2(soc.tech, kSerdesTransistors) : 0),
      kGates);
  return parts;
}

AreaParts derived_parts(const SocConfig& soc, UnitKind kind) {
  switch (kind) {
    case UnitKind::npu:
      return tile_parts(soc);
    case UnitKind::memory:
      return memory_parts(soc);
    case UnitKind::gradient_sram: {
      AreaParts parts;
      add(parts, "SRAM", Silicon::sram,
          power::sram_area_m2(soc.tech, static_cast<double>(soc.gradient_sram.sram.capacity_bytes)), kCells);
      add(parts, "switches and wires", Silicon::logic, (kSharedFactor - 1) * block_area(parts).total(),
          "share of the macros: 0.9");
      return parts;
    }
    case UnitKind::host:
      return host_parts(soc);
    case UnitKind::io:
      return io_parts(soc);
  }
  throw base::SimError("area: not a kind of unit");
}

}  // namespace

const char* name(Silicon kind) {
  switch (kind) {
    case Silicon::logic:
      return "logic";
    case Silicon::array:
      return "array";
    case Silicon::sram:
      return "sram";
    case Silicon::phy:
      return "phy";
    case Silicon::spare:
      return "spare";
  }
  throw base::SimError("area: not a kind of silicon");
}

AreaParts unit_parts(const SocConfig& soc, const UnitConfig& unit) {
  AreaParts parts = derived_parts(soc, unit.kind);
  if (!unit.area_m2) return parts;
  const double scale = *unit.area_m2 / block_area(parts).total();
  for (AreaPart& part : parts) {
    part.m2 *= scale;
    part.source = "soc.units, area";
  }
  return parts;
}

AreaParts router_parts(const SocConfig& soc) {
  const noc::NocConfig& noc = soc.noc;
  const double more_ports = noc::port_ratio(noc);
  const double bits = more_ports * (noc::kDirections + noc.local_ports) * noc.virtual_channels *
                      noc.buffer_depth * (noc.link_bytes * 8.0);
  // Crossbar and allocators grow with the square of the ports, buffers with the ports.
  const double factor = 1 + (kRouterFactor - 1) * more_ports;
  return {{"router", Silicon::logic, factor * power::flip_flops_area_m2(soc.tech, bits),
           "buffers as flip-flops x 1.25"}};
}

AreaPart spare_part(const SocConfig& soc, const AreaParts& parts) {
  return {"between blocks", Silicon::spare, block_area(parts).total() * (1 / soc.area.utilisation - 1),
          "soc.area.utilisation"};
}

power::BlockArea block_area(const AreaParts& parts) {
  power::BlockArea area;
  for (const AreaPart& part : parts) {
    switch (part.kind) {
      case Silicon::logic:
        area.logic += part.m2;
        break;
      case Silicon::array:
        area.array += part.m2;
        break;
      case Silicon::sram:
        area.sram += part.m2;
        break;
      case Silicon::phy:
        area.phy += part.m2;
        break;
      case Silicon::spare:
        area.spare += part.m2;
        break;
    }
  }
  return area;
}

}  // namespace kiln::soc
