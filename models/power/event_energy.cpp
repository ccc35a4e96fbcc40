// SPDX-License-Identifier: MIT
#include "power/event_energy.h"

#include <cmath>

#include "base/error.h"

namespace kiln::power {

namespace {

using stats::ActivityKind;

constexpr double kBitsPerByte = 8;

double buffer_j(double base_j_per_bit, double entry_j_per_bit, const EventGeometry& geometry) {
  const double entries = static_cast<double>(geometry.virtual_channels) * geometry.buffer_flits;
  return geometry.flit_bits * (base_j_per_bit + entry_j_per_bit * entries);
}

double sram_byte_j(const SramEnergyConfig& sram, double capacity_bytes) {
  return kBitsPerByte * sram_read_j_per_bit(sram, capacity_bytes);
}

double noc_j(const NocEnergyConfig& noc, ActivityKind kind, const EventGeometry& geometry) {
  switch (kind) {
    case ActivityKind::router_buffer_write:
      return buffer_j(noc.buffer_write_base_j_per_bit, noc.buffer_write_entry_j_per_bit, geometry);
    case ActivityKind::router_buffer_read:
      return buffer_j(noc.buffer_read_base_j_per_bit, noc.buffer_read_entry_j_per_bit, geometry);
    case ActivityKind::router_crossbar:
      return geometry.flit_bits * noc.crossbar_j_per_bit;
    case ActivityKind::router_arbitration:
      return noc.arbitration_base_j + noc.arbitration_channel_j * geometry.virtual_channels;
    case ActivityKind::link_flit_mm:
      return geometry.flit_bits * noc.link_mm_j_per_bit;
    default:
      throw base::SimError("power: not an event of the network on chip");
  }
}

double nominal_j(const TechConfig& tech, ActivityKind kind, const EventGeometry& geometry) {
  const LogicEnergyConfig& logic = tech.logic;
  switch (kind) {
    case ActivityKind::mac_int4:
      return logic.mac_int4_j;
    case ActivityKind::mac_int8:
      return logic.mac_int8_j;
    case ActivityKind::mac_fp8:
      return logic.mac_fp8_j;
    case ActivityKind::mac_fp16:
      return logic.mac_fp16_j;
    case ActivityKind::mac_bf16:
      return logic.mac_bf16_j;
    case ActivityKind::mac_fp32:
      return logic.mac_fp32_j;
    case ActivityKind::mac_gated:
      return logic.mac_gated_j;
    case ActivityKind::vector_op:
      return logic.vector_op_j;
    case ActivityKind::sparsity_compare:
      return logic.sparsity_compare_j;
    case ActivityKind::codec_element:
      return logic.codec_element_j;
    case ActivityKind::cpu_instruction:
      return logic.cpu_instruction_j;
    case ActivityKind::dma_byte:
      return logic.dma_byte_j;
    case ActivityKind::local_sram_read_byte:
      return sram_byte_j(tech.sram, geometry.local_sram_bytes);
    case ActivityKind::local_sram_write_byte:
      return tech.sram.write_ratio * sram_byte_j(tech.sram, geometry.local_sram_bytes);
    case ActivityKind::gradient_sram_read_byte:
      return sram_byte_j(tech.sram, geometry.gradient_sram_bytes);
    case ActivityKind::gradient_sram_write_byte:
      return tech.sram.write_ratio * sram_byte_j(tech.sram, geometry.gradient_sram_bytes);
    case ActivityKind::residual_access_byte:  // read-modify-write: the mean of both directions
      return 0.5 * (1 + tech.sram.write_ratio) * sram_byte_j(tech.sram, geometry.gradient_sram_bytes);
    case ActivityKind::router_buffer_write:
    case ActivityKind::router_buffer_read:
    case ActivityKind::router_crossbar:
    case ActivityKind::router_arbitration:
    case ActivityKind::link_flit_mm:
      return noc_j(tech.noc, kind, geometry);
    case ActivityKind::dram_activate:
      return tech.dram.activate_j;
    case ActivityKind::dram_read_byte:
      return kBitsPerByte * tech.dram.read_j_per_bit;
    case ActivityKind::dram_write_byte:
      return kBitsPerByte * tech.dram.write_j_per_bit;
    case ActivityKind::dram_refresh:
      return tech.dram.refresh_j;
    case ActivityKind::dram_io_byte:
      return kBitsPerByte * tech.dram.io_j_per_bit;
    case ActivityKind::io_byte:
      return kBitsPerByte * tech.io_j_per_bit;
    case ActivityKind::count_:
      break;
  }
  throw base::SimError("power: not an activity kind");
}

}  // namespace

bool follows_core_voltage(ActivityKind kind) {
  switch (kind) {
    case ActivityKind::dram_activate:
    case ActivityKind::dram_read_byte:
    case ActivityKind::dram_write_byte:
    case ActivityKind::dram_refresh:
    case ActivityKind::dram_io_byte:
    case ActivityKind::io_byte:
      return false;
    default:
      return true;
  }
}

double sram_read_j_per_bit(const SramEnergyConfig& sram, double capacity_bytes) {
  const auto& points = sram.points;
  KILN_CHECK(!points.empty(), "power: the SRAM energy table is empty");
  KILN_CHECK(capacity_bytes > 0, "power: an SRAM of {} bytes", capacity_bytes);
  if (points.size() == 1 || capacity_bytes <= points.front().capacity_bytes)
    return points.front().energy_j_per_bit;
  std::size_t upper = 1;
  while (upper + 1 < points.size() && points[upper].capacity_bytes < capacity_bytes) ++upper;
  const SramPointConfig& low = points[upper - 1];
  const SramPointConfig& high = points[upper];
  const double slope = std::log(high.energy_j_per_bit / low.energy_j_per_bit) /
                       std::log(high.capacity_bytes / low.capacity_bytes);
  return low.energy_j_per_bit * std::pow(capacity_bytes / low.capacity_bytes, slope);
}

EnergyTable::EnergyTable(const TechConfig& tech, const EventGeometry& geometry)
    : nominal_voltage_v_(tech.nominal_voltage_v) {
  if (geometry.flit_bits <= 0 || geometry.virtual_channels <= 0 || geometry.buffer_flits <= 0 ||
      geometry.local_sram_bytes <= 0 || geometry.gradient_sram_bytes <= 0)
    throw base::SimError(
        "power: flit width, virtual channels, buffers and memories must have a size above zero");
  for (std::size_t i = 0; i < stats::kActivityKinds; ++i)
    nominal_j_[i] = nominal_j(tech, static_cast<ActivityKind>(i), geometry);
}

double EnergyTable::event_j(ActivityKind kind, double voltage_v) const {
  const double ratio = follows_core_voltage(kind) ? voltage_v / nominal_voltage_v_ : 1.0;
  return nominal_j_[static_cast<std::size_t>(kind)] * ratio * ratio;
}

double EnergyTable::activity_j(const stats::Counts& counts, double voltage_v) const {
  double energy_j = 0;
  for (std::size_t i = 0; i < stats::kActivityKinds; ++i)
    if (counts[i] != 0)
      energy_j += static_cast<double>(counts[i]) * event_j(static_cast<ActivityKind>(i), voltage_v);
  return energy_j;
}

double event_energy_j(const TechConfig& tech, ActivityKind kind, double voltage_v,
                      const EventGeometry& geometry) {
  const double ratio = follows_core_voltage(kind) ? voltage_v / tech.nominal_voltage_v : 1.0;
  return nominal_j(tech, kind, geometry) * ratio * ratio;
}

}  // namespace kiln::power
