// SPDX-License-Identifier: MIT
#include "power/event_energy.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "power/area.h"

namespace kiln::power {

namespace {

using stats::ActivityKind;
using stats::EnergySource;

double buffer_j(double base_j_per_bit, double entry_j_per_bit, const EventGeometry& geometry) {
  const double entries = static_cast<double>(geometry.virtual_channels) * geometry.buffer_flits;
  return geometry.flit_bits * (base_j_per_bit + entry_j_per_bit * entries);
}

double sram_byte_j(const TechConfig& tech, const SramShape& sram) {
  return kBitsPerByte * sram_read_j_per_bit(tech, sram);
}

bool is_of_memory(stats::Component component) {
  return component == stats::Component::dram || component == stats::Component::dram_io;
}

/// The number format that a kind of MAC is of.
workload::Precision format_of(ActivityKind kind) {
  switch (kind) {
    case ActivityKind::mac_int4:
      return workload::Precision::int4;
    case ActivityKind::mac_int16:
      return workload::Precision::int16;
    case ActivityKind::mac_fp8:
      return workload::Precision::fp8;
    case ActivityKind::mac_fp16:
      return workload::Precision::fp16;
    case ActivityKind::mac_bf16:
      return workload::Precision::bf16;
    case ActivityKind::mac_fp32:
      return workload::Precision::fp32;
    default:  // gated ones are counted without a format: as INT8
      return workload::Precision::int8;
  }
}

double of_format(const FormatEnergiesConfig& energies, workload::Precision precision) {
  switch (precision) {
    case workload::Precision::int4:
      return energies.int4_j;
    case workload::Precision::int8:
      return energies.int8_j;
    case workload::Precision::int16:
      return energies.int16_j;
    case workload::Precision::fp8:
      return energies.fp8_j;
    case workload::Precision::fp16:
      return energies.fp16_j;
    case workload::Precision::bf16:
      return energies.bf16_j;
    case workload::Precision::fp32:
      return energies.fp32_j;
  }
  throw base::SimError("power: not a number format");
}

/// The member of tech.logic that bears the kind's name.
double logic_j(const LogicEnergyConfig& config, ActivityKind kind) {
  const auto find = [kind](const auto& logic) -> double {
#define KILN_LOGIC(name, unit, component, rail, source, meaning) \
  if constexpr (requires { logic.name##_j; }) {                  \
    if (kind == ActivityKind::name) return logic.name##_j;       \
  }
    KILN_ACTIVITY_KINDS(KILN_LOGIC)
#undef KILN_LOGIC
    throw base::SimError(fmt::format("power: tech.logic has no energy for {}", stats::name(kind)));
  };
  return find(config);
}

double nominal_j(const TechConfig& tech, ActivityKind kind, const EventGeometry& geometry) {
  const NocEnergyConfig& noc = tech.noc;
  const double local_j = sram_byte_j(tech, geometry.local_sram);
  const double sums_j = sram_byte_j(tech, geometry.accumulators);
  const double gradient_j = sram_byte_j(tech, geometry.gradient_sram);
  switch (stats::about(kind).source) {
    case EnergySource::none:
      return 0;
    case EnergySource::logic:
      return logic_j(tech.logic, kind);
    case EnergySource::mac:
      return mac_j(tech, geometry.pe, format_of(kind), geometry.host_core);
    case EnergySource::gated_mac:
      return tech.logic.gated_share * mac_j(tech, geometry.pe, format_of(kind), geometry.host_core);
    case EnergySource::cpu:
      return tech.logic.cpu_instruction.of(geometry.host_core);
    case EnergySource::register_clock:
      return register_clock_j(tech);
    case EnergySource::accumulator_read:
      return sums_j;
    case EnergySource::accumulator_write:
      return tech.sram.write_ratio * sums_j;
    case EnergySource::local_sram_read:
      return local_j;
    case EnergySource::local_sram_write:
      return tech.sram.write_ratio * local_j;
    case EnergySource::gradient_sram_read:
      return gradient_j;
    case EnergySource::gradient_sram_write:
      return tech.sram.write_ratio * gradient_j;
    case EnergySource::gradient_sram_update:  // read-modify-write: the mean of both directions
      return 0.5 * (1 + tech.sram.write_ratio) * gradient_j;
    case EnergySource::router_buffer_write:
      return buffer_j(noc.buffer_write_base_j_per_bit, noc.buffer_write_entry_j_per_bit, geometry);
    case EnergySource::router_buffer_read:
      return buffer_j(noc.buffer_read_base_j_per_bit, noc.buffer_read_entry_j_per_bit, geometry);
    case EnergySource::router_crossbar:
      return geometry.router_ports * geometry.flit_bits * noc.crossbar_j_per_bit;
    case EnergySource::router_arbitration:
      return geometry.router_ports *
             (noc.arbitration_base_j + noc.arbitration_channel_j * geometry.virtual_channels);
    case EnergySource::link:
      return geometry.flit_bits * tech.wire_mm_j_per_bit;
    case EnergySource::dram_activate:
      return tech.dram.activate_j;
    case EnergySource::dram_read:
      return kBitsPerByte * tech.dram.read_j_per_bit;
    case EnergySource::dram_write:
      return kBitsPerByte * tech.dram.write_j_per_bit;
    case EnergySource::dram_refresh:
      return tech.dram.refresh_j;
    case EnergySource::dram_bank_refresh:
      return tech.dram.bank_refresh_j;
    case EnergySource::dram_check_read:
      return kBitsPerByte * tech.dram.check_read_j_per_bit;
    case EnergySource::dram_check_write:
      return kBitsPerByte * tech.dram.check_write_j_per_bit;
    case EnergySource::dram_cipher:
      return kBitsPerByte * tech.dram.cipher_j_per_bit;
    case EnergySource::dram_io:
      return kBitsPerByte * tech.dram.io_j_per_bit;
    case EnergySource::memory_phy:
      return kBitsPerByte * tech.dram.phy_j_per_bit;
    case EnergySource::external_io:
      return kBitsPerByte * tech.io_j_per_bit;
  }
  throw base::SimError("power: not a source of joules");
}

}  // namespace

bool follows_core_voltage(ActivityKind kind) {
  return stats::about(kind).rail == stats::Rail::core;
}

double sram_read_j_per_bit(const TechConfig& tech, const SramShape& sram) {
  KILN_CHECK(sram.bytes > 0 && sram.bank_bytes > 0, "power: an SRAM of {} bytes in banks of {}", sram.bytes,
             sram.bank_bytes);
  const double bank_bits = kBitsPerByte * std::min(sram.bytes, sram.bank_bytes);
  // Banks lie in a square; the word leaves at its edge.
  const double wire_mm = 1e3 * std::sqrt(sram_area_m2(tech, sram.bytes));
  return tech.sram.base_j_per_bit + tech.sram.root_j_per_bit * std::sqrt(bank_bits) +
         tech.wire_mm_j_per_bit * wire_mm;
}

double mac_j(const TechConfig& tech, const lowering::PeShape& pe, workload::Precision precision,
             CpuClass core) {
  const LogicEnergyConfig& logic = tech.logic;
  const double lanes = std::max(1.0, pe.lanes[lowering::format_index(precision)]);
  const double chained = logic.chained_share + (1 - logic.chained_share) / lanes;
  const double arithmetic_j =
      (of_format(logic.multiply, precision) + chained * of_format(logic.accumulate, precision)) *
      (pe.mixed() ? logic.mixed_factor : 1);
  const double pitch_mm = 1e3 * std::sqrt(pe_area_m2(tech, pe));
  // Both operands are read from the element's own memory, the sum is read and written.
  const double storage_bits =
      2 * workload::bits_of(precision) + 2 * lowering::sum_bits(precision, pe.widest_sum_bits);
  const double storage_j =
      pe.storage_bytes > 0 ? storage_bits * sram_read_j_per_bit(tech, {pe.storage_bytes, pe.storage_bytes})
                           : 0;
  const double instruction_j =
      pe.macs_per_instruction > 0 ? logic.cpu_instruction.of(core) / pe.macs_per_instruction : 0;
  return arithmetic_j + lowering::toggled_bits(pe, precision) * tech.flip_flop.toggle_j +
         lowering::moved_bits(pe, precision) * pitch_mm * tech.wire_mm_j_per_bit + storage_j + instruction_j;
}

double register_clock_j(const TechConfig& tech) {
  return tech.flip_flop.clock_j * tech.flip_flop.tree_factor;
}

EnergyTable::EnergyTable(const TechConfig& tech, const EventGeometry& geometry)
    : nominal_voltage_v_(tech.nominal_voltage_v), memory_on_core_(geometry.memory_on_core) {
  if (geometry.flit_bits <= 0 || geometry.virtual_channels <= 0 || geometry.buffer_flits <= 0 ||
      geometry.local_sram.bytes <= 0 || geometry.gradient_sram.bytes <= 0)
    throw base::SimError(
        "power: flit width, virtual channels, buffers and memories must have a size above zero");
  for (std::size_t i = 0; i < stats::kActivityKinds; ++i)
    nominal_j_[i] = nominal_j(tech, static_cast<ActivityKind>(i), geometry);
}

bool EnergyTable::follows_core(ActivityKind kind) const {
  return follows_core_voltage(kind) || (memory_on_core_ && is_of_memory(stats::about(kind).component));
}

double EnergyTable::event_j(ActivityKind kind, double voltage_v) const {
  const double ratio = follows_core(kind) ? voltage_v / nominal_voltage_v_ : 1.0;
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
  return EnergyTable(tech, geometry).event_j(kind, voltage_v);
}

}  // namespace kiln::power
